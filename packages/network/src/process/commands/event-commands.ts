/** The commands `webhooks …` and `events …`: where events are posted, and what was not taken. */
import type { Pool } from 'pg';
import { findClient } from '../../domain/clients/store.ts';
import { type Endpoint, listEndpoints, replay, switchOn } from '../../domain/events/deliveries.ts';
import { type Call, type Command, commandAuthor, report, UsageError } from './command.ts';
import { withDatabase } from './with-database.ts';

export const EVENT_COMMANDS: readonly Command[] = [
  {
    name: 'webhooks list',
    operands: [],
    options: ['json'],
    summary: 'where events are posted, and what was not taken',
    run: printEndpoints,
  },
  {
    name: 'webhooks enable',
    operands: ['ID', '[URI …]'],
    options: ['json'],
    summary: 'post again where 410 was answered; all of the client’s where none is named',
    run: enable,
  },
  {
    name: 'events replay',
    operands: ['ID'],
    options: ['since', 'json'],
    summary: 'deliver a client’s dead events again; --since: all from a time on (RFC 3339)',
    run: replayEvents,
  },
];

async function printEndpoints(call: Call): Promise<void> {
  const endpoints = await withDatabase(call, ({ pool }) => listEndpoints(pool));
  if (endpoints.length === 0 && !call.options.json) return call.log('No client has registered a webhook.');
  report(call, endpoints, endpoints.map(describe));
}

function describe({ clientId, uri, types, disabledAt, waiting, dead, failure }: Endpoint): string {
  const state = disabledAt === null ? 'on' : `off since ${disabledAt.toISOString()}`;
  const last = failure === null ? [] : [`last failure ${failure}`];
  return [clientId, uri, state, `${waiting} waiting`, `${dead} dead`, ...last, types.join(' ')].join('\t');
}

async function enable(call: Call): Promise<void> {
  const [clientId, ...uris] = call.operands;
  if (clientId === undefined) throw new UsageError('ID is missing.', 'webhooks enable ID [URI …]');
  const by = { author: commandAuthor(call), now: call.clock() };
  const enabled = await withKnownClient(call, clientId, async (pool) => {
    if (uris.length === 0) return switchOn(pool, { clientId, uri: undefined, ...by });
    let count = 0;
    for (const uri of uris) {
      const known = await switchOn(pool, { clientId, uri, ...by });
      if (known === 0) throw new UsageError(`The client ${clientId} has no webhook ${uri}.`);
      count += known;
    }
    return count;
  });
  report(call, { clientId, enabled }, [
    `${enabled} webhooks of ${clientId} are on. What they missed: payment-passkeys-network events replay ${clientId} --since TIME`,
  ]);
}

async function replayEvents(call: Call): Promise<void> {
  const [clientId = ''] = call.operands;
  const { since: text } = call.options;
  const since = text === undefined ? undefined : new Date(text);
  if (since !== undefined && (Number.isNaN(since.getTime()) || !/^\d{4}-\d\d-\d\d(T.+)?$/.test(text ?? '')))
    throw new UsageError('--since is no time, such as 2026-11-28T18:00:00Z.');
  const deliveries = await withKnownClient(call, clientId, (pool) =>
    replay(pool, { clientId, since, author: commandAuthor(call), now: call.clock() }),
  );
  report(call, { clientId, deliveries }, [`${deliveries} deliveries to ${clientId} are due again.`]);
}

function withKnownClient<Result>(call: Call, clientId: string, act: (pool: Pool) => Promise<Result>): Promise<Result> {
  return withDatabase(call, async ({ pool }) => {
    if ((await findClient(pool, clientId)) === undefined) throw new UsageError(`There is no client ${clientId}.`);
    return act(pool);
  });
}
