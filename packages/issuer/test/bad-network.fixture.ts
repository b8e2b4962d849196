/** The setup of the tests in which the network is slow, down, unstable or wrong: the issuer kit on PostgreSQL, and a clock that the test moves. */
import { SESSIONS_PATH } from '@payment-passkeys/protocol';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import {
  createIssuer,
  createPostgresEnrolmentStore,
  ENROLMENT_MIGRATION,
  type Issuer,
  IssuerError,
  type IssuerOptions,
  ourNetwork,
} from '../src/server/index.ts';
import { type Fault, type NetworkDouble, startNetworkDouble } from '../src/testing/index.ts';
import { BANK, buildStart } from './start.fixture.ts';
import { createTestTime, type TestTime } from './time.fixture.ts';

export const START = new Date('2026-11-24T10:00:00.000Z');

let database: Awaited<ReturnType<typeof createThrowawayDatabase>>;
export let time: TestTime;
export let network: NetworkDouble;
export let issuer: Issuer;

/** Registers the hooks of a test file. They set {@link time}, {@link network} and {@link issuer} before each test. */
export function useBadNetwork(): void {
  beforeAll(async () => {
    database = await createThrowawayDatabase({ poolSize: 32 });
    await database.pool.query(ENROLMENT_MIGRATION);
  });
  afterAll(() => database.close());

  beforeEach(async () => {
    time = createTestTime(START);
    network = await startNetworkDouble({ clock: () => time.clock() });
    await database.pool.query('TRUNCATE payment_passkey_enrolment');
    issuer = issuerWith();
    return async () => {
      await network.stop();
      await issuer.close();
    };
  });
}

export function issuerWith(changes: Partial<IssuerOptions> = {}): Issuer {
  return createIssuer({
    ...network.client,
    network: ourNetwork({ url: network.url, proof: { verify: 'ISSUER', audience: network.audience } }),
    callbackOrigins: [BANK],
    store: createPostgresEnrolmentStore(database.pool),
    clock: time.clock,
    timers: time.timers,
    random: () => 0.5,
    ...changes,
  });
}

/** The request arrives and gets no answer, until the time limit of one attempt has passed. */
export const hang = (): Fault => ({ hang: () => time.pass(4500) });
export const sessionCalls = () => network.calls.filter(({ path }) => path === SESSIONS_PATH);
export const sentIds = () => sessionCalls().map(({ body }) => JSON.parse(body).clientSessionId);
export const start = () => issuer.startEnrolment(buildStart(time.clock()));

/** Starts an enrolment, which also caches the network's keys: the next call is the one under test. */
export async function leave() {
  const started = await start();
  const proof = await network.issueProof();
  return { browser: started.cookie.value, url: network.callback({ proof }) };
}

export async function failureOf(call: Promise<unknown>): Promise<IssuerError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof IssuerError)) throw new Error(`expected an IssuerError, got ${String(error)}`);
  return error;
}

export async function countRows(): Promise<{ readonly kept: number; readonly completed: number }> {
  const { rows } = await database.pool.query(
    'SELECT count(*)::int AS kept, count(completed_at)::int AS completed FROM payment_passkey_enrolment',
  );
  return rows[0];
}
