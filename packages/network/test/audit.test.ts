/** The audit trail (contract §18): each change has its entry, no statement changes an entry, and entries are kept for 24 months. */
import { randomUUID } from 'node:crypto';
import { addSeconds, compileSchema } from '@payment-passkeys/protocol';
import { AUDIT_MONTHS, AuditEntry } from '@payment-passkeys/protocol/console';
import { inTransaction } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chainEntries } from '../src/domain/audit/chain.ts';
import { writeEntry } from '../src/domain/audit/entry.ts';
import { cutTrail, findLastHead } from '../src/domain/audit/head.ts';
import { searchTrail } from '../src/domain/audit/trail.ts';
import { runCommandLine } from '../src/process/commands/command-line.ts';
import { keepTrail } from '../src/process/housekeeping.ts';
import { act, enrolCardholder, replaceCard, replacementOf } from './lifecycle.ts';
import { freshPan, type TestShop } from './shop.ts';
import { startShopWithoutHousekeeping, trailOf } from './trail-of-test.ts';

const START = new Date('2026-11-24T12:00:00Z');

let at: TestShop;
beforeAll(async () => {
  at = await startShopWithoutHousekeeping();
});
afterAll(() => at.network.stop());

const { pool, keys, write, sign, readAll, verdictOf, tamper, empty } = trailOf(() => at);
const entriesIn = (lines: readonly string[]) =>
  lines.map((line) => JSON.parse(line)).filter((one) => !('head' in one)) as AuditEntry[];
afterEach(() => {
  at.network.now = START;
});

describe('each change has its entry', () => {
  const actionsBy = async (actor: string) => {
    const { items } = await searchTrail(pool(), { actor });
    return items.map(({ action, subject }) => `${action} ${subject.kind}`).reverse();
  };

  test('of a client: suspended, resumed, deleted, a replaced card', async () => {
    await empty();
    const { client } = at.network;
    const { clientId } = client.registration;
    const one = await enrolCardholder(at);
    const { bindingId } = one.atShop;
    for (const action of ['SUSPEND', 'SUSPEND', 'RESUME', 'RESUME'] as const) await act(client, action, { bindingId });
    const to = freshPan();
    await replaceCard(client, replacementOf(one.pan, to));
    await replaceCard(client, replacementOf(one.pan, to));
    for (const _ of [1, 2]) await act(client, 'DELETE', { bindingId });
    expect(await actionsBy(clientId)).toEqual([
      'binding.suspended binding',
      'binding.resumed binding',
      'binding.card-replaced binding',
      'binding.card-replaced binding',
      'binding.deleted binding',
    ]);
    const { items } = await searchTrail(pool(), { subjects: [bindingId] });
    expect(items.map(({ before, after }) => ({ before, after })).reverse()).toMatchObject([
      { before: { suspendedBy: [] }, after: { suspendedBy: ['ISSUER'], reasonCode: 'DEVICE_STOLEN' } },
      { before: { suspendedBy: ['ISSUER'] }, after: { suspendedBy: [] } },
      { before: { panLastFour: one.pan.slice(-4) }, after: { panLastFour: to.slice(-4) } },
      { before: { suspendedBy: [] }, after: { reasonCode: 'DEVICE_STOLEN' } },
    ]);
    for (const item of items) expect(compileSchema(AuditEntry).violations(item)).toEqual([]);
    const text = JSON.stringify(await readAll());
    for (const pan of [one.pan, to]) expect(text).not.toContain(pan);
  });

  test('of the command line, by the account of the machine: clients, passkeys, keys, the export', async () => {
    await empty();
    const one = await enrolCardholder(at);
    const { database, dataDir } = at.network;
    const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, LOG_LEVEL: 'silent', SUDO_USER: 'carla' };
    const run = (...args: string[]) =>
      runCommandLine(args, { env, clock: () => at.network.now, print: () => {}, log: () => {} });
    const [device] = one.atBank.devices;
    const commands = [
      ['clients', 'suspend', 'test-bank'],
      ['clients', 'resume', 'test-bank'],
      ['passkeys', 'suspend', one.atBank.bindingId, '--reason', 'FRAUD_SUSPECTED'],
      ['passkeys', 'resume', one.atBank.bindingId, '--reason', 'FRAUD_SUSPECTED'],
      ['passkeys', 'forget-device', one.atBank.credentialId, device?.appInstanceId ?? ''],
      ['passkeys', 'delete', one.atBank.credentialId, '--reason', 'FRAUD_SUSPECTED'],
      ['keys', 'rotate', 'webhook-signing'],
      ['audit', 'export'],
    ];
    for (const command of commands) expect([command, await run(...command)]).toEqual([command, 0]);
    expect(await actionsBy('carla')).toEqual([
      'client.suspended client',
      'client.resumed client',
      'binding.suspended binding',
      'binding.resumed binding',
      'passkey.device-forgotten passkey',
      'passkey.deleted passkey',
      'binding.deleted binding',
      'binding.deleted binding',
      'key.made key',
      'audit.exported audit',
    ]);
  });

  test('a key that came into the folder in another way is recorded by the network, once', async () => {
    await empty();
    const { network } = at.network.running;
    const log = { info: () => {} };
    await Promise.all([keepTrail(network, log), keepTrail(network, log)]);
    const { items } = await searchTrail(pool(), { action: 'key.made' });
    const names = items.map(({ subject }) => subject.id);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining([keys().signing[0]?.kid, 'account-index version 1']));
    expect(items.every(({ actor }) => actor.kind === 'NETWORK')).toBe(true);
  });

  test('and none without its change: what is rolled back leaves none', async () => {
    await empty();
    const failed = inTransaction(pool(), async (connection) => {
      await write(connection);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect((await searchTrail(pool(), {})).items).toEqual([]);
  });
});

describe('the chain', () => {
  beforeEach(empty);

  test('16 writers and 4 chainers at once leave no gap, and no entry is lost or doubled', async () => {
    const ids = Array.from({ length: 16 }, () => Array.from({ length: 10 }, () => randomUUID()));
    const writers = ids.map(async (own) => {
      for (const id of own) await write(pool(), id);
    });
    const chainers = Array.from({ length: 4 }, async () => {
      for (let round = 0; round < 10; round++) await chainEntries(pool());
    });
    await Promise.all([...writers, ...chainers]);
    const entries = entriesIn(await readAll());
    expect(entries.map(({ position }) => position)).toEqual(Array.from({ length: 160 }, (_, index) => index + 1));
    expect(entries.map(({ subject }) => subject.id).sort()).toEqual(ids.flat().sort());
    expect(await verdictOf(await readAll())).toMatchObject({ ok: true, first: 1, last: 160 });
  });

  test('a chainer that dies before any of its statements leaves the entries for the next one', async () => {
    for (let index = 0; index < 3; index++) await write();
    let last = 0;
    for (let statement = 1; statement <= 20 && last === 0; statement++) {
      const dying = dieAt(pool(), statement);
      last = await chainEntries(dying).then(
        () => statement,
        () => 0,
      );
    }
    expect(last).toBeGreaterThan(5);
    expect(entriesIn(await readAll()).map(({ position }) => position)).toEqual([1, 2, 3]);
  });

  test('is searched by actor, action, subject and time, the youngest first, page by page', async () => {
    for (let index = 0; index < 60; index++) await write(pool(), `one-${index % 2}`);
    await writeEntry(pool(), {
      actor: { kind: 'NETWORK' },
      action: 'key.made',
      subject: { kind: 'key', id: 'k' },
      now: addSeconds(START, 60),
    });
    const first = await searchTrail(pool(), { actor: 'anna' });
    const second = await searchTrail(pool(), { actor: 'anna', cursor: first.next });
    expect([first.items.length, second.items.length, second.next]).toEqual([50, 10, undefined]);
    expect(first.items[0]?.position).toBe(60);
    const count = async (search: Parameters<typeof searchTrail>[1]) => (await searchTrail(pool(), search)).items.length;
    expect(await count({ subjects: ['one-0'] })).toBe(30);
    expect(await count({ action: 'key.made' })).toBe(1);
    expect(await count({ actor: 'NETWORK', to: addSeconds(START, 60) })).toBe(0);
    expect(await count({ from: addSeconds(START, 1) })).toBe(1);
  });
});

describe('the database refuses, also the role that owns the tables', () => {
  beforeAll(async () => {
    await empty();
    await write();
    await sign();
    await write();
  });

  test.each([
    ['UPDATE audit_entry SET line = line', 'UPDATE of audit_entry'],
    ['DELETE FROM audit_entry', 'cut only at a head'],
    ['TRUNCATE audit_entry', 'TRUNCATE of audit_entry'],
    ['UPDATE audit_pending SET at = now()', 'UPDATE of audit_pending'],
    ['DELETE FROM audit_pending', 'not in the chain'],
    ['TRUNCATE audit_pending', 'TRUNCATE of audit_pending'],
    ['UPDATE audit_head SET jws = jws', 'UPDATE of audit_head'],
    ['DELETE FROM audit_head', 'DELETE of audit_head'],
    ['TRUNCATE audit_head', 'TRUNCATE of audit_head'],
    [
      `INSERT INTO audit_entry SELECT position + 2, gen_random_uuid(), at, actor_kind, actor_id, action, subject_kind, subject_id, line, hash FROM audit_entry`,
      'has to follow position',
    ],
    [
      `INSERT INTO audit_head (position, hash, signed_at, jws, recorded_at) VALUES (1, '\\x00', now(), '', now())`,
      'has to be that of an entry',
    ],
  ])('%s', async (statement, message) => {
    await expect(pool().query(statement)).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining(message),
    });
  });
});

describe('a head', () => {
  beforeEach(empty);

  test('is signed once a day, by one of several processes, and written to the log', async () => {
    await write();
    const logged: unknown[] = [];
    const log = { info: (fields: unknown) => void logged.push(fields) };
    const { network } = at.network.running;
    await Promise.all([keepTrail(network, log), keepTrail(network, log), keepTrail(network, log)]);
    const head = await findLastHead(pool());
    expect(logged).toEqual([{ position: head?.position, head: head?.jws }]);
    at.network.now = addSeconds(START, 23 * 60 * 60);
    await keepTrail(network, log);
    expect(logged).toHaveLength(1);
    at.network.now = addSeconds(START, 24 * 60 * 60);
    await keepTrail(network, log);
    expect(logged).toHaveLength(2);
  });

  test('of an empty trail is signed too', async () => {
    await sign();
    expect(await verdictOf(await readAll())).toEqual({ ok: true, first: 0, last: 0, heads: 1, signed: 0 });
  });
});

describe('retention', () => {
  test('cuts at a head that is 24 months old, nowhere else; the rest verifies, and positions go on', async () => {
    await empty();
    for (let day = 0; day < 4; day++) {
      at.network.now = addSeconds(START, day * 24 * 60 * 60);
      await write();
      await sign();
    }
    expect(await cutTrail(pool())).toBe(0);
    // Two heads become old by the clock of the database.
    const old = [1, 2];
    await tamper(
      `UPDATE audit_head SET recorded_at = now() - interval '${AUDIT_MONTHS} months 1 hour' WHERE position = ANY ($1)`,
      [old],
    );
    await expect(pool().query('DELETE FROM audit_entry WHERE position = 2')).rejects.toMatchObject({ code: '42501' });
    await expect(pool().query('DELETE FROM audit_entry WHERE position <= 3')).rejects.toMatchObject({ code: '42501' });
    expect(await cutTrail(pool())).toBe(2);
    const lines = await readAll();
    expect(entriesIn(lines).map(({ position }) => position)).toEqual([3, 4]);
    // A trail may begin only at a head that is 24 months old. The first head here is a day old, so the entries before it count as removed.
    expect(await verdictOf(lines)).toMatchObject({ ok: false, fault: 'REMOVED', position: 2 });
    at.network.now = new Date(START);
    at.network.now.setUTCMonth(START.getUTCMonth() + AUDIT_MONTHS);
    await write();
    await sign();
    expect(await verdictOf(await readAll())).toMatchObject({ ok: true, first: 3, last: 5, heads: 4, signed: 5 });
  });

  test('of everything: the next entry has the next position', async () => {
    await empty();
    for (let day = 0; day < 2; day++) {
      at.network.now = addSeconds(START, day * 24 * 60 * 60);
      await write();
      await sign();
    }
    await tamper(`UPDATE audit_head SET recorded_at = now() - interval '${AUDIT_MONTHS} months 1 hour'`);
    expect(await cutTrail(pool())).toBe(2);
    expect((await readAll()).length).toBe(1);
    await write();
    expect(entriesIn(await readAll()).map(({ position }) => position)).toEqual([3]);
  });
});

/** A pool whose connection breaks before its `count`th statement within a transaction. */
function dieAt(real: Pool, count: number): Pool {
  return {
    query: real.query.bind(real),
    connect: async () => {
      const client = await real.connect();
      let executed = 0;
      const query = async (...args: Parameters<typeof client.query>) => {
        executed += 1;
        if (executed >= count) throw new Error('the process is dead');
        return client.query(...args);
      };
      return { query, release: () => client.release(true) };
    },
  } as unknown as Pool; // only what inTransaction uses
}
