/** `npm run demo:traffic`: what the console shows after it, and which databases it refuses. */
import type { Overview, Problem } from '@payment-passkeys/protocol/console';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../src/platform/config/config.ts';
import { makeSampleTraffic } from '../src/process/sample-traffic/sample-traffic.ts';
import { openTestConsole, type TestOperator } from './console-caller.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

const NOW = new Date('2026-11-24T15:10:00Z');
let network: TestNetwork;
let operator: TestOperator;
let closeConsole: () => Promise<unknown>;
let made = 0;
const shares: number[] = [];

/** A generator that gives the same numbers in each run. */
function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const make = (env: Readonly<Record<string, string>> = {}) =>
  makeSampleTraffic({
    config: readConfig({ DATABASE_URL: network.database.url, DATA_DIR: network.dataDir, ...env }),
    clock: () => network.now,
    days: 4,
    random: createRandom(),
    onProgress: ({ share }) => shares.push(share),
    log: () => {},
  });

beforeAll(async () => {
  network = await startTestNetwork({}, NOW);
  await network.database.pool.query(`UPDATE client SET callback_domains = '{bank.localhost}'`);
  const console = await openTestConsole(network, { approvals: false });
  closeConsole = console.close;
  operator = await console.operator('AUDITOR');
  made = await make();
});
afterAll(async () => {
  await closeConsole();
  await network.stop();
});

const overviewSince = async (from: string): Promise<Overview> =>
  (await operator.call('GET', `/api/overview?${new URLSearchParams({ from, to: NOW.toISOString() })}`)).body;

describe('the console shows', () => {
  test('every session once, day and night', async () => {
    const { enrolments, payments } = await overviewSince('2026-11-20T15:10:00Z');
    const started = [enrolments, payments].flatMap(({ funnel }) =>
      funnel.filter(({ step }) => step === 'STARTED').map(({ sessions }) => sessions),
    );
    const steppedUp = payments.steppedUp;
    expect(started.reduce((sum, sessions) => sum + sessions, steppedUp)).toBe(made);
    expect(made).toBeGreaterThan(5_000);
    const atHour = (hour: number) =>
      payments.series
        .filter(({ at }) => new Date(at).getUTCHours() === hour)
        .reduce((sum, counts) => sum + counts.started, 0);
    expect(atHour(19)).toBeGreaterThan(2 * atHour(3));
  });

  test('funnels that narrow, rates and durations that are plausible, and several browsers', async () => {
    const { enrolments, payments, browsers } = await overviewSince('2026-11-20T15:10:00Z');
    for (const { funnel, rates, durations, reasons } of [enrolments, payments]) {
      const steps = funnel.map(({ sessions }) => sessions);
      expect(steps).toEqual(steps.toSorted((a, b) => b - a));
      expect(rates?.succeeded).toBeGreaterThan(0.6);
      expect(rates?.failed).toBeLessThan(0.2);
      expect(durations?.median).toBeLessThan(durations?.p95 ?? 0);
      expect(reasons.length).toBeGreaterThan(2);
    }
    expect(new Set(browsers.map(({ browserFamily }) => browserFamily)).size).toBeGreaterThan(6);
  });

  test('one bank that stands out since noon, and no other client', async () => {
    const { clients } = await overviewSince('2026-11-24T12:00:00Z');
    expect(clients.filter(({ standsOut }) => standsOut)).toMatchObject([
      { clientId: 'sample-harbour', kind: 'ENROLMENT', mainReason: 'CREDENTIALS_CREATION_NOT_ALLOWED' },
    ]);
  });

  test('what is wrong: that bank, dead deliveries, a webhook that is off, a certificate that ends soon', async () => {
    const { problems } = (await operator.call('GET', '/api/problems')).body as { problems: readonly Problem[] };
    const kinds = new Set(problems.filter(({ clientId }) => clientId?.startsWith('sample-')).map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['CLIENT_FAILING', 'DELIVERIES_DEAD', 'WEBHOOK_OFF', 'CLIENT_KEY']));
    expect(problems.map(({ about, text }) => `${about} ${text}`)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Harbour Bank has had [0-9]+% of its enrolments fail /),
        expect.stringMatching(/^webhook of Larch Savings .*; its last answer has the status 500$/),
        expect.stringMatching(/^client Larch Savings has a certificate that ends /),
      ]),
    );
  });
});

test('passkeys are there, some suspended; no account is in clear', async () => {
  const { pool } = network.database;
  const { rows } = await pool.query(
    `SELECT count(*) FILTER (WHERE suspended_by <> '{}')::integer AS suspended, count(DISTINCT passkey_id) > 500 AS many
     FROM binding JOIN passkey USING (passkey_id) JOIN device_passkey USING (passkey_id)`,
  );
  expect(rows).toEqual([{ suspended: 24, many: true }]);
  for (const table of ['session', 'binding', 'binding_account', 'event', 'outbox', 'activity']) {
    const text = await pool.query(
      `SELECT count(*)::integer AS rows FROM ${table} AS row WHERE row::text ~ '@sample[.]example|22239000001[0-9]{5}'`,
    );
    expect([table, text.rows[0].rows]).toEqual([table, 0]);
  }
});

test('passkeys and devices were last used with their latest payment; a bank’s own binding has no payment', async () => {
  const { rows } = await network.database.pool.query(
    `SELECT count(*) FILTER (WHERE binding.last_used_at > passkey.last_used_at OR binding.last_used_at > device.last_used_at)::integer AS later,
            count(*) FILTER (WHERE role = 'issuer' AND binding.last_used_at IS NOT NULL)::integer AS paid_at_banks,
            count(*) FILTER (WHERE passkey.last_used_at > passkey.created_at + interval '1 day') > 100 AS used_again
     FROM binding JOIN client USING (client_id) JOIN passkey USING (passkey_id) JOIN device_passkey USING (passkey_id) JOIN device USING (device_id)`,
  );
  expect(rows).toEqual([{ later: 0, paid_at_banks: 0, used_again: true }]);
});

test('the progress grows to the whole', () => {
  expect(shares.length).toBeGreaterThan(4);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

test('another call adds what has passed since, and no more', async () => {
  expect(await make()).toBeLessThan(5);
  network.now = new Date(NOW.getTime() + 60 * 60 * 1000);
  const added = await make();
  network.now = NOW;
  expect(added).toBeGreaterThan(50);
  expect(added).toBeLessThan(500);
});

describe('it refuses', () => {
  const PRODUCTION = {
    MODE: 'production',
    PUBLIC_URL: 'https://verify.network.example',
    TRUST_PROXY: '10.0.0.0/8',
  };

  test('production mode', async () => {
    await expect(make(PRODUCTION)).rejects.toMatchObject({ setting: 'MODE' });
  });

  test.each([
    ['a database with a client that real cardholders reach', { callbackDomains: ['bank.example'] }],
    ['a database with a client that only apps reach', { callbackDomains: [], callbackSchemes: ['example.bank'] }],
  ])('%s', async (_title, callbacks) => {
    await network.addClient({ clientId: 'real-bank', consumerKey: 'real', accountRanges: ['444444'], ...callbacks });
    await expect(make()).rejects.toMatchObject({ setting: 'DATABASE_URL' });
  });
});
