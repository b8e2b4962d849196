/** Everything that is wrong with the running network, as far as any of its processes can tell. */
import { PROBLEM_KINDS } from '@payment-passkeys/protocol/console';
import type { Pool } from 'pg';
import type { Config } from '../../platform/config/config.ts';
import { listRequests } from '../approvals/store.ts';
import type { Client } from '../clients/client.ts';
import { listClients } from '../clients/store.ts';
import { listEndpoints } from '../events/deliveries.ts';
import { KEY_USES } from '../keys/key-file.ts';
import type { KeyFolder } from '../keys/key-folder.ts';
import { findClientProblems } from './clients.ts';
import { compareClocks, findDatabaseProblems } from './database.ts';
import { findFailingClients } from './failing.ts';
import { datesOf, findNetworkKeyProblem } from './keys.ts';
import { aboutClient, aboutWebhook, type HealthProblem } from './problem.ts';
import { findSettingProblems } from './settings.ts';
import { findTaskProblems, readTaskState } from './tasks.ts';
import { findWebhookProblems } from './webhooks.ts';

/** Returns the worst problems first, then in the order of PROBLEM_KINDS. */
export async function readProblems({
  pool,
  keys,
  clock,
  config,
}: {
  readonly pool: Pool;
  readonly keys: KeyFolder;
  readonly clock: () => Date;
  readonly config: Config;
}): Promise<readonly HealthProblem[]> {
  const { mode } = config;
  const now = clock();
  const [failing, clients, endpoints, tasks, { problem: clockProblem }, database, approvals] = await Promise.all([
    findFailingClients(pool, now),
    listClients(pool),
    listEndpoints(pool),
    readTaskState(pool),
    compareClocks(pool, clock),
    findDatabaseProblems(pool, config.database),
    listRequests(pool, { all: false, before: undefined, limit: MAX_APPROVALS, now }),
  ]);
  const problems = [
    ...failing,
    ...clients.filter(({ suspended }) => !suspended).flatMap((client) => findClientProblems(client, mode, now)),
    ...endpoints.flatMap((endpoint) => findWebhookProblems(endpoint, now)),
    ...KEY_USES.flatMap((use) => findNetworkKeyProblem(use, datesOf(keys, use), { mode, now }) ?? []),
    ...findTaskProblems(tasks, now),
    ...(clockProblem ? [clockProblem] : []),
    ...database,
    ...findSettingProblems(config),
    ...findApprovals(approvals.length),
  ];
  return nameClients(problems, clients).toSorted(
    (a, b) =>
      Number(b.severity === 'WRONG') - Number(a.severity === 'WRONG') ||
      PROBLEM_KINDS.indexOf(a.kind) - PROBLEM_KINDS.indexOf(b.kind),
  );
}

/** The problems, with the names of the clients in place of their ids: people know them by name, and the id is in `clientId`. */
function nameClients(
  problems: readonly HealthProblem[],
  clients: readonly Pick<Client, 'clientId' | 'name'>[],
): readonly HealthProblem[] {
  const names = new Map(
    clients.flatMap(({ clientId, name }) => [
      [aboutClient(clientId), aboutClient(name)],
      [aboutWebhook(clientId), aboutWebhook(name)],
    ]),
  );
  return problems.map((problem) => ({ ...problem, about: names.get(problem.about) ?? problem.about }));
}

const MAX_APPROVALS = 100;

function findApprovals(waiting: number): readonly HealthProblem[] {
  if (waiting === 0) return [];
  const many = waiting === MAX_APPROVALS ? `${waiting} or more` : String(waiting);
  return [
    {
      kind: 'APPROVALS_WAITING',
      severity: 'WARNING',
      about: 'approvals',
      text: waiting === 1 ? '1 change waits for a second person' : `${many} changes wait for a second person`,
      remedy: 'Approve or reject them. Each lapses 24 hours after it was asked for.',
      screen: '/approvals',
    },
  ];
}
