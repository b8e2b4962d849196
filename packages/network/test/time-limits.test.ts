/** No request waits for the database longer than configured: 503 with Retry-After, and no statement is left behind. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createTestClient, type TestAnswer } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningNetwork } from '../src/process/start.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';
import { startSecondProcess } from './second-process.ts';

/** The limits that a test waits for are short. The others are long enough for a busy machine. */
const LIMITS = {
  DATABASE_POOL_SIZE: '2',
  DATABASE_CONNECT_TIMEOUT: '2',
  DATABASE_STATEMENT_TIMEOUT: '60',
  DATABASE_LOCK_TIMEOUT: '1',
} as const;
const LIMITS_OF_A_FROZEN_SERVER = {
  DATABASE_CONNECT_TIMEOUT: '20',
  DATABASE_STATEMENT_TIMEOUT: '3',
  DATABASE_LOCK_TIMEOUT: '3',
} as const;

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork(LIMITS);
});
afterAll(async () => {
  await network.stop();
});

function expectUnavailable({ status, headers, body }: TestAnswer): void {
  expect([status, body.errordetail?.[0].reason, headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '5']);
}

/** Runs `work` while another transaction locks the table. */
async function whileHeld<Result>(table: string, work: () => Promise<Result>): Promise<Result> {
  const holder = await network.database.pool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query(`LOCK TABLE ${table}`);
    return await work();
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
}

test('a statement that waits for a lock is ended by PostgreSQL itself, which keeps nothing of it', async () => {
  const waiting = await whileHeld('request_nonce', async () => {
    expectUnavailable(await network.client.startSession());
    const { rows } = await network.database.pool.query(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows[0].count;
  });
  expect(waiting).toBe(0);
  expect((await network.client.startSession()).status).toBe(201);
});

test('with every connection of the pool in use, the others wait for one no longer than DATABASE_CONNECT_TIMEOUT', async () => {
  await whileHeld('request_nonce', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => network.client.startSession()));
    for (const answer of answers) expectUnavailable(answer);
  });
  expect((await network.client.startSession()).status).toBe(201);
});

test('a server that is frozen, or cut off without a word, is not waited for either', async () => {
  const cable = await startCable(network.database.url);
  let second: RunningNetwork | undefined;
  try {
    second = await startSecondProcess(network, { ...LIMITS_OF_A_FROZEN_SERVER, DATABASE_URL: cable.url });
    const { address } = second;
    const { registration, privateKey } = network.client;
    const ready = () => fetch(`${address}/health/ready`).then(({ status }) => status);
    const client = await createTestClient(
      { address, publicUrl: network.publicUrl },
      { clock: () => network.now, changes: registration, signingKey: privateKey },
    );
    for (const ask of [ready, async () => (await client.startSession()).status]) {
      expect(await ask()).toBeOneOf([200, 201]);
      cable.freeze(true);
      expect(await ask()).toBe(503);
      cable.freeze(false);
      expect(await ask()).toBeOneOf([200, 201]);
    }
  } finally {
    await second?.stop();
    await cable.stop();
  }
});

/** A proxy to the database that forwards nothing while it is frozen, and the rest afterwards. */
async function startCable(databaseUrl: string) {
  const { hostname, port } = new URL(databaseUrl);
  const ends = new Set<Socket>();
  let frozen = false;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.on('data', (chunk) => void to.write(chunk));
      if (frozen) from.pause();
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const at = server.address() as AddressInfo; // it listens on TCP
  return {
    url: Object.assign(new URL(databaseUrl), { port: String(at.port) }).href,
    freeze: (now: boolean) => {
      frozen = now;
      for (const end of ends) end[now ? 'pause' : 'resume']();
    },
    stop: async () => {
      server.close();
      for (const end of ends) end.destroy();
      await once(server, 'close');
    },
  };
}
