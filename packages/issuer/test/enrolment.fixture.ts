/** The issuer kit on a real PostgreSQL, against a network that verifies, decrypts and signs for real: the setup of its enrolment tests. */
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import {
  createIssuer,
  createPostgresEnrolmentStore,
  ENROLMENT_MIGRATION,
  type EnrolmentStart,
  type EnrolmentStore,
  type IgnoredBecause,
  type Issuer,
  IssuerError,
  NEXT_STEPS,
  ourNetwork,
  type StartedEnrolment,
  type Timers,
} from '../src/server/index.ts';
import { type NetworkDouble, startNetworkDouble } from '../src/testing/index.ts';
import { BANK, buildStart } from './start.fixture.ts';

export const START = new Date('2026-11-24T10:00:00.000Z');

/** Waiting for the network is covered by test/bad-network.test.ts. */
const timersWithoutWait: Timers = {
  wait: async () => {},
  timeout: (milliseconds) => AbortSignal.timeout(milliseconds),
};

export function ignoredAs(because: IgnoredBecause) {
  return { status: 'IGNORED', because, ...NEXT_STEPS.ignored[because] };
}

export function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'RESOLVED',
    (error: unknown) => (error instanceof IssuerError ? error.code : error),
  );
}

/** What the hooks of {@link openBank} set before each test. */
export interface OpenBank {
  now: Date;
  database: Awaited<ReturnType<typeof createThrowawayDatabase>>;
  network: NetworkDouble;
  store: EnrolmentStore;
  issuer: Issuer;
  /** Another issuer of the same bank. The caller closes it. */
  issuerOn(options?: { readonly store?: EnrolmentStore; readonly audience?: string }): Issuer;
  validStart(changes?: Partial<EnrolmentStart>): EnrolmentStart;
  /** An enrolment whose cardholder is at the network, and has just finished there. */
  leaveAndFinish(
    changes?: Partial<EnrolmentStart>,
  ): Promise<StartedEnrolment & { readonly proof: string; readonly browser: string; readonly url: string }>;
  /** How many enrolments are completed in the store. */
  completedRows(): Promise<number>;
}

/** Registers the hooks of a test file, and answers the object that they fill. */
export function openBank(): OpenBank {
  const at = {
    now: START,
    issuerOn: (options = {}) =>
      createIssuer({
        ...at.network.client,
        network: ourNetwork({
          url: at.network.url,
          proof: { verify: 'ISSUER', audience: options.audience ?? at.network.audience },
        }),
        callbackOrigins: [BANK],
        store: options.store ?? at.store,
        clock: () => at.now,
        timers: timersWithoutWait,
      }),
    validStart: (changes = {}) => buildStart(at.now, changes),
    async leaveAndFinish(changes = {}) {
      const started = await at.issuer.startEnrolment(at.validStart(changes));
      const proof = await at.network.issueProof();
      return { ...started, proof, browser: started.cookie.value, url: at.network.callback({ proof }) };
    },
    async completedRows() {
      const { rows } = await at.database.pool.query(
        'SELECT count(*)::int AS n FROM payment_passkey_enrolment WHERE completed_at IS NOT NULL',
      );
      return rows[0].n;
    },
  } as OpenBank; // the hooks set the rest before the first test

  beforeAll(async () => {
    at.database = await createThrowawayDatabase({ poolSize: 32 });
    await at.database.pool.query(ENROLMENT_MIGRATION);
    at.network = await startNetworkDouble({ clock: () => at.now });
  });

  afterAll(async () => {
    await at.network.stop();
    await at.database.close();
  });

  beforeEach(async () => {
    at.now = START;
    await at.database.pool.query('TRUNCATE payment_passkey_enrolment');
    at.store = createPostgresEnrolmentStore(at.database.pool);
    at.issuer = at.issuerOn();
    return () => at.issuer.close();
  });
  return at;
}
