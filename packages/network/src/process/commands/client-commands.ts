/** The commands `clients …`: who may call the network. */
import type { Pool } from 'pg';
import type { Client } from '../../domain/clients/client.ts';
import { type ClientVersion, compareClients, describeClient, findHistory } from '../../domain/clients/history.ts';
import {
  assertFitsMode,
  RegistrationError,
  readRegistration,
  refuseConflict,
} from '../../domain/clients/registration.ts';
import {
  findClient,
  findConflict,
  listClients,
  resumeClient,
  saveClient,
  suspendClient,
} from '../../domain/clients/store.ts';
import { readConfig } from '../../platform/config/config.ts';
import { type Call, type Command, commandAuthor, report, UsageError } from './command.ts';
import { printable } from './differences.ts';
import { parseJson, readOperandFile } from './operand-file.ts';
import { withDatabase } from './with-database.ts';

export const CLIENT_COMMANDS: readonly Command[] = [
  {
    name: 'clients add',
    operands: ['FILE.json'],
    options: ['dry-run', 'json'],
    summary:
      'onboard an issuer or a merchant, or replace a known one;\n--dry-run shows the difference and changes nothing',
    run: addClient,
  },
  {
    name: 'clients suspend',
    operands: ['ID'],
    options: ['json'],
    summary: "refuse its requests and its cardholders' sessions",
    run: (call) => setSuspended(call, true),
  },
  {
    name: 'clients resume',
    operands: ['ID'],
    options: ['json'],
    summary: 'accept its requests and sessions again',
    run: (call) => setSuspended(call, false),
  },
  {
    name: 'clients list',
    operands: [],
    options: ['json'],
    summary: 'who is onboarded',
    run: printClients,
  },
  {
    name: 'clients show',
    operands: ['ID'],
    options: ['json'],
    summary: "one client's registration, its keys by fingerprint",
    run: showClient,
  },
  {
    name: 'clients history',
    operands: ['ID'],
    options: ['json'],
    summary: 'its versions, and what changed in each',
    run: showHistory,
  },
];

async function addClient(call: Call): Promise<void> {
  const client = readRegistration(await readJson(call.operands[0] ?? ''));
  assertFitsMode(client, readConfig(call.env).mode);
  const { clientId } = client;
  await withDatabase(call, async ({ pool }) => {
    const differences = compareClients(await findClient(pool, clientId), client);
    if (call.options['dry-run']) {
      const conflict = await findConflict(pool, client);
      if (conflict !== undefined) throw refuseConflict(conflict);
      const text = [`The client ${clientId} was not changed. It would differ so:`, ...printable(differences)];
      return report(
        call,
        { clientId, result: 'NOT_CHANGED', differences },
        differences.length > 0 ? text : [`The client ${clientId} is registered like that already.`],
      );
    }
    const saved = await saveClient(pool, client, { author: commandAuthor(call), now: call.clock() });
    if (typeof saved !== 'string') throw refuseConflict(saved);
    report(call, { clientId, result: saved.toUpperCase(), differences }, [`The client ${clientId} was ${saved}.`]);
  });
}

async function readJson(file: string): Promise<unknown> {
  const content = parseJson(await readOperandFile(file));
  if (content === undefined) throw new RegistrationError([{ pointer: file, problem: 'is not JSON' }]);
  return content;
}

async function setSuspended(call: Call, suspended: boolean): Promise<void> {
  const clientId = call.operands[0] ?? '';
  const change = suspended ? suspendClient : resumeClient;
  const known = await withDatabase(call, ({ pool }) =>
    change(pool, clientId, { author: commandAuthor(call), now: call.clock() }),
  );
  if (!known) throw unknown(clientId);
  const state = suspended ? 'suspended' : 'active';
  report(call, { clientId, state }, [`The client ${clientId} is ${state}.`]);
}

async function printClients(call: Call): Promise<void> {
  const clients = await withDatabase(call, ({ pool }) => listClients(pool));
  if (clients.length === 0 && !call.options.json)
    return call.log('No client is onboarded yet: payment-passkeys-network clients add FILE.json');
  const lines = clients.map(({ clientId, role, suspended, name, accountRanges, countries }) =>
    [clientId, role, stateOf({ suspended }), name, accountRanges.join(' ') || '-', countries.join(' ') || '-'].join(
      '\t',
    ),
  );
  report(call, clients.map(summarise), lines);
}

async function showClient(call: Call): Promise<void> {
  const client = await withDatabase(call, ({ pool }) => findKnown(pool, call.operands[0] ?? ''));
  const { clientId, version } = client;
  const head = { clientId, version: String(version), state: stateOf(client) };
  const members = Object.entries(describeClient(client)).filter(([, values]) => values.length > 0);
  const width = Math.max(...members.map(([field]) => field.length));
  const lines = [...Object.entries(head).map(([field, value]) => [field, [value]] as const), ...members].map(
    ([field, values]) => `${field.padEnd(width)}  ${values.join(`\n${' '.repeat(width)}  `)}`,
  );
  report(call, summarise(client), lines);
}

async function showHistory(call: Call): Promise<void> {
  const clientId = call.operands[0] ?? '';
  const versions = await withDatabase(call, async ({ pool }) => {
    await findKnown(pool, clientId);
    return findHistory(pool, clientId);
  });
  const changes = versions.map((version, position) => ({
    version: version.version,
    changedAt: version.changedAt.toISOString(),
    change: version.change,
    differences: compareClients(versions[position - 1]?.client, version.client),
  }));
  const lines = changes.flatMap(({ version, changedAt, change, differences }) => [
    `${changedAt}  version ${version}: ${change.toLowerCase()}${missingBefore(versions, version)}`,
    ...printable(differences),
  ]);
  report(
    call,
    { clientId, changes },
    lines.length > 0 ? lines : [`The client ${clientId} has not changed since its history is kept.`],
  );
}

/** An older program keeps no history, so versions may be missing. The differences are then to the last version with a record. */
function missingBefore(versions: readonly ClientVersion[], version: number): string {
  const before = versions[versions.findIndex((known) => known.version === version) - 1];
  const gap = version - 1 - (before?.version ?? 0);
  return gap > 0 ? ` (${gap} before it without a record)` : '';
}

async function findKnown(pool: Pool, clientId: string): Promise<Client> {
  const client = await findClient(pool, clientId);
  if (client === undefined) throw unknown(clientId);
  return client;
}

function unknown(clientId: string): UsageError {
  return new UsageError(`There is no client ${clientId}.`);
}

function summarise(client: Client): object {
  const { clientId, version } = client;
  return { clientId, version, state: stateOf(client), ...describeClient(client) };
}

function stateOf({ suspended }: Pick<Client, 'suspended'>): string {
  return suspended ? 'suspended' : 'active';
}
