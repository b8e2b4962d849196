/** The database is down or does not answer in time: 503 with Retry-After, and everything works again when it is back (contract §7). */
import { OPEN_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { createThrowawayDatabase, type TestAnswer } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enrol, proofOf, startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
let operator: Awaited<ReturnType<typeof createThrowawayDatabase>>;
beforeAll(async () => {
  network = await startTestNetwork();
  operator = await createThrowawayDatabase({ poolSize: 1 });
});
afterAll(async () => {
  await network.stop();
  await operator.close();
});

const name = () => new URL(network.database.url).pathname.slice(1);

/** Ends every connection, including those in use. */
const breakConnections = () =>
  operator.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name()]);

async function away(): Promise<void> {
  await operator.pool.query(`ALTER DATABASE ${name()} ALLOW_CONNECTIONS false`);
  await breakConnections();
}
const back = () => operator.pool.query(`ALTER DATABASE ${name()} ALLOW_CONNECTIONS true`);

function expectUnavailable({ status, headers, body }: TestAnswer): void {
  expect([status, body.reason, body.errordetail?.[0].reason]).toEqual([503, 'SERVICE_UNAVAILABLE', 'UNAVAILABLE']);
  expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  expect(JSON.stringify(body)).not.toMatch(/database|connection|postgres|throwaway|pg_/i);
}

test('every call is 503 while it is away; what was begun is finished when it is back', async () => {
  const browser = network.browser();
  const { body: session } = await network.client.startSession();
  const credential = browser.answer((await browser.open(session.uri)).body);
  const toBind = await enrol(network, network.browser());
  await away();
  try {
    expectUnavailable(await network.client.send({ path: SESSIONS_PATH, body: '{}' }));
    expectUnavailable(await network.client.bind({ ...toBind.session, proofOfAuthentication: toBind.proof }));
    expectUnavailable(await network.browser().open(session.uri));
    expectUnavailable(await browser.result(credential));
    expectUnavailable(await browser.end('USER_CANCELLATION'));
    const answers = await Promise.all(Array.from({ length: 50 }, () => network.browser().open(session.uri)));
    for (const answer of answers) expectUnavailable(answer);
  } finally {
    await back();
  }
  const { status, body } = await browser.result(credential);
  expect([status, proofOf(body.redirect)]).toEqual([200, expect.stringContaining('.')]);
  const bound = await network.client.bind({ ...toBind.session, proofOfAuthentication: toBind.proof });
  expect(bound.status).toBe(201);
});

test('the page opens all the same, the process lives, and says that it cannot serve', async () => {
  await away();
  try {
    const page = await fetch(
      `${network.address}/auth/passkeys?clientId=test-bank&authenticationSessionId=${'A'.repeat(32)}`,
    );
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect((await fetch(`${network.address}/health/live`)).status).toBe(200);
    const ready = await fetch(`${network.address}/health/ready`);
    expectUnavailable({ status: ready.status, headers: ready.headers, body: await ready.json() });
    expect((await fetch(`${network.address}/.well-known/jwks.json`)).status).toBe(200);
  } finally {
    await back();
  }
  expect((await fetch(`${network.address}/health/ready`)).status).toBe(200);
});

test('a database that answers and cannot store, such as a replica that was not promoted, is not ready', async () => {
  const ready = async () => {
    network.now = new Date(network.now.getTime() + 5_000); // the last result is no longer cached
    return (await fetch(`${network.address}/health/ready`)).status;
  };
  expect(await ready()).toBe(200);
  await operator.pool.query(`ALTER DATABASE ${name()} SET default_transaction_read_only = on`);
  await breakConnections();
  try {
    expect(await ready()).toBe(503);
    expectUnavailable(await network.client.send({ path: SESSIONS_PATH, body: '{}' }));
  } finally {
    await operator.pool.query(`ALTER DATABASE ${name()} RESET default_transaction_read_only`);
    await breakConnections();
  }
  expect(await ready()).toBe(200);
});

test('connections that break in use are answered 503, and the next request has another', async () => {
  for (let round = 0; round < 5; round++) {
    const opening = Promise.all(
      Array.from({ length: 20 }, () =>
        network.browser().post(OPEN_PATH, {
          clientId: 'test-bank',
          authenticationSessionId: 'A'.repeat(32),
          clientSessionId: '86bd4a91-1f6e-4a57-9d1c-9a1c6f3e2b10',
        }),
      ),
    );
    await breakConnections();
    const statuses = (await opening).map(({ status }) => status);
    expect(
      statuses.every((status) => status === 404 || status === 503),
      String(statuses),
    ).toBe(true);
  }
  expect((await network.client.startSession()).status).toBe(201);
});

describe('a pool that is exhausted, since a table is locked', () => {
  const POOL_SIZE = 2;
  let crowded: TestNetwork;
  beforeAll(async () => {
    crowded = await startTestNetwork({
      DATABASE_POOL_SIZE: String(POOL_SIZE),
      DATABASE_CONNECT_TIMEOUT: '1',
      DATABASE_LOCK_TIMEOUT: '1',
      DATABASE_STATEMENT_TIMEOUT: '2',
    });
  });
  afterAll(() => crowded.stop());

  /** Retries after a 503, as a client does: on a busy machine it may take a second until one of two connections is free. */
  async function served(ask: () => Promise<TestAnswer>): Promise<TestAnswer> {
    for (;;) {
      const answer = await ask();
      if (answer.status !== 503) return answer;
    }
  }

  test('nobody waits longer than the limits say, the process answers meanwhile, and then everybody is served', async () => {
    const started = await Promise.all(Array.from({ length: 5 }, () => served(() => crowded.client.startSession())));
    const holder = await crowded.database.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('LOCK TABLE session IN ACCESS EXCLUSIVE MODE');
      const waiting = Array.from({ length: 10 * POOL_SIZE }, () =>
        crowded.client.send({ path: SESSIONS_PATH, body: '{}' }),
      );
      const opening = started.map(({ body }) => crowded.browser().open(body.uri));
      expect((await fetch(`${crowded.address}/health/live`)).status).toBe(200);
      // A faulty request still gets its 400 if the network finds the fault without a locked row.
      for (const { status, ...answer } of await Promise.all(waiting)) {
        if (status !== 400) expectUnavailable({ status, ...answer });
      }
      for (const answer of await Promise.all(opening)) expectUnavailable(answer);
      // The lock is still held here, so no request waited for it.
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    const opened = await Promise.all(started.map(({ body }) => served(() => crowded.browser().open(body.uri))));
    expect(opened.map(({ status }) => status)).toEqual(started.map(() => 200));
  });
});
