/** The console's overview and problems (contract §18, screen 1), as its API answers them. */
import { compileSchema } from '@payment-passkeys/protocol';
import { BUCKET_SECONDS, OPERATOR_ROLES, Overview, type Problem, Problems } from '@payment-passkeys/protocol/console';
import { beforeAll, describe, expect, test } from 'vitest';
import { ACTIVITY_COUNTS } from '../src/domain/events/session-activity.ts';
import { openTestConsole, type TestOperator } from './console-caller.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';
import { undoAfterAll } from './undo.ts';

const NOW = new Date('2026-11-24T15:00:00Z');
const NOON = new Date('2026-11-24T12:00:00Z');
const HOUR_SECONDS = 60 * 60;

let network: TestNetwork;
let operator: TestOperator;
let consoleOf: Awaited<ReturnType<typeof openTestConsole>>;
const undo = undoAfterAll();
beforeAll(async () => {
  network = await startTestNetwork({}, NOW);
  undo(() => network.stop());
  consoleOf = await openTestConsole(network, { approvals: false });
  undo(() => consoleOf.close());
  operator = await consoleOf.operator('SUPPORT');
  await network.addClient({ clientId: 'calm-bank', name: 'Calm Bank', consumerKey: 'calm', accountRanges: ['444444'] });
  await network.addClient({
    clientId: 'small-bank',
    name: 'Small Bank',
    consumerKey: 'small',
    accountRanges: ['444445'],
  });
  // Two days of sessions. At the test's bank, 3 of 10 sessions fail since noon.
  await store('test-bank', { to: NOON, sessions: 20, failed: 1 });
  await store('test-bank', { from: NOON, sessions: 20, failed: 6 });
  await store('calm-bank', { sessions: 40, failed: 2 });
  await store('small-bank', { from: new Date(NOW.getTime() - 300_000), sessions: 3, failed: 3 });
  await countLongerBuckets();
});

const FIVE_MINUTES = 300;

/** Stores this number of sessions in each five minutes of the period. Sessions that do not fail are bound. */
async function store(
  clientId: string,
  counts: { readonly from?: Date; readonly to?: Date; readonly sessions: number; readonly failed: number },
): Promise<void> {
  const { from = new Date(NOW.getTime() - 48 * HOUR_SECONDS * 1000), to = NOW, sessions, failed } = counts;
  const key = `SELECT $1::integer, starts_at, $2, 'ENROLMENT', 'Chrome desktop'`;
  const series = `generate_series($3::timestamptz, $4::timestamptz - make_interval(secs => $1), make_interval(secs => $1)) AS starts_at`;
  await network.database.pool.query(
    `INSERT INTO activity (bucket_seconds, starts_at, client_id, kind, browser_family, started, opened, ceremony, result, succeeded, failed,
       cancelled, unbound, expired, superseded, stepped_up, within_5, within_10, within_15, within_20, within_30, within_45, within_60,
       within_90, within_120, within_180, within_300, within_900)
     ${key}, made, made, made, made - failed, made - failed, failed, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, made - failed, 0, 0, 0, 0, 0, 0
     FROM (SELECT $5::integer AS made, $6::integer AS failed) AS counts, ${series}`,
    [FIVE_MINUTES, clientId, from, to, sessions, failed],
  );
  await network.database.pool.query(
    `INSERT INTO activity_reason (bucket_seconds, starts_at, client_id, kind, browser_family, reason, sessions)
     ${key}, 'CREDENTIALS_NOT_VERIFIED', $5 FROM ${series}`,
    [FIVE_MINUTES, clientId, from, to, failed],
  );
}

/** Also counts the sessions in the buckets of an hour and of a day. */
async function countLongerBuckets(): Promise<void> {
  const tables = [
    { table: 'activity', key: 'client_id, kind, browser_family', counts: ACTIVITY_COUNTS },
    { table: 'activity_reason', key: 'client_id, kind, browser_family, reason', counts: ['sessions'] },
  ];
  for (const bucketSeconds of BUCKET_SECONDS.filter((length) => length > FIVE_MINUTES)) {
    for (const { table, key, counts } of tables) {
      const sums = counts.map((count) => `sum(${count})`);
      await network.database.pool.query(
        `INSERT INTO ${table} (bucket_seconds, starts_at, ${key}, ${counts.join(', ')})
         SELECT $1::integer, date_bin(make_interval(secs => $1::integer), starts_at, 'epoch') AS begin, ${key}, ${sums.join(', ')}
         FROM ${table} WHERE bucket_seconds = ${FIVE_MINUTES} GROUP BY begin, ${key}`,
        [bucketSeconds],
      );
    }
  }
}

async function read(query: Readonly<Record<string, string>> = {}): Promise<Overview> {
  const { status, body } = await operator.call('GET', `/api/overview?${new URLSearchParams(query)}`);
  expect(status).toBe(200);
  expect(compileSchema(Overview).violations(body)).toEqual([]);
  return body;
}

const SINCE_NOON = { from: NOON.toISOString(), to: NOW.toISOString() };

describe('the overview', () => {
  test('says which bank fails since noon, with its main reason, and leads to the failed sessions', async () => {
    const { clients } = await read(SINCE_NOON);
    const [worst, ...others] = clients;
    expect(worst).toMatchObject({
      clientId: 'test-bank',
      kind: 'ENROLMENT',
      standsOut: true,
      mainReason: 'CREDENTIALS_NOT_VERIFIED',
      rates: { failed: 0.3 },
      ratesBefore: { failed: 0.05 },
      failedLink: { ...SINCE_NOON, clientId: 'test-bank', kind: 'ENROLMENT', outcome: 'FAILED' },
    });
    expect(others.map(({ clientId, standsOut }) => ({ clientId, standsOut }))).toEqual([
      { clientId: 'calm-bank', standsOut: false },
      // All of its three sessions failed: that is too few to say anything.
      { clientId: 'small-bank', standsOut: false },
    ]);
  });

  test('has the funnel, the ends, the reasons and the durations; each number has the search for its sessions', async () => {
    const { enrolments, payments } = await read({ ...SINCE_NOON, clientId: 'test-bank' });
    const link = { ...SINCE_NOON, clientId: 'test-bank', kind: 'ENROLMENT' };
    expect(enrolments.funnel).toEqual([
      { step: 'STARTED', sessions: 720, link: { ...link, step: 'STARTED' } },
      { step: 'OPENED', sessions: 720, link: { ...link, step: 'OPENED' } },
      { step: 'CEREMONY', sessions: 720, link: { ...link, step: 'CEREMONY' } },
      { step: 'RESULT', sessions: 504, link: { ...link, step: 'RESULT' } },
      { step: 'SUCCEEDED', sessions: 504, link: { ...link, step: 'SUCCEEDED' } },
    ]);
    expect(enrolments.outcomes.filter(({ sessions }) => sessions > 0)).toEqual([
      { outcome: 'SUCCEEDED', sessions: 504, link: { ...link, outcome: 'SUCCEEDED' } },
      { outcome: 'FAILED', sessions: 216, link: { ...link, outcome: 'FAILED' } },
    ]);
    expect(enrolments.reasons).toEqual([
      { reason: 'CREDENTIALS_NOT_VERIFIED', sessions: 216, link: { ...link, reason: 'CREDENTIALS_NOT_VERIFIED' } },
    ]);
    expect(enrolments.durations).toEqual({ median: 37.5, p95: 44.3 });
    expect(enrolments.series).toHaveLength(36);
    expect(payments.rates).toBeUndefined();
    expect(payments.funnel.map(({ step }) => step)).toEqual(['STARTED', 'OPENED', 'CEREMONY', 'SUCCEEDED']);
  });

  test('is of the last 24 hours by default, and takes longer buckets for a longer time', async () => {
    const day = await read();
    expect([day.from, day.to, day.bucketSeconds]).toEqual(['2026-11-23T15:00:00.000Z', NOW.toISOString(), 300]);
    expect(day.before).toEqual({ from: '2026-11-22T15:00:00.000Z', to: day.from });
    const week = await read({ from: '2026-11-17T15:20:00Z', to: NOW.toISOString() });
    expect([week.from, week.to, week.bucketSeconds]).toEqual(['2026-11-17T15:00:00.000Z', NOW.toISOString(), 3600]);
    const quarter = await read({ from: '2026-08-27T15:00:00Z', to: NOW.toISOString() });
    expect([quarter.from, quarter.to]).toEqual(['2026-08-27T00:00:00.000Z', '2026-11-25T00:00:00.000Z']);
    expect(quarter.enrolments.series).toHaveLength(90);
  });

  test('a browser family that no session has: zeros', async () => {
    const { enrolments, clients } = await read({ ...SINCE_NOON, browserFamily: 'Safari mobile' });
    expect(enrolments.funnel.map(({ sessions }) => sessions)).toEqual([0, 0, 0, 0, 0]);
    expect(clients).toEqual([]);
  });

  test.each([
    [{ from: NOW.toISOString(), to: NOON.toISOString() }, '/to'],
    [{ from: '2026-11-24T14:30:00Z', to: '2026-11-24T14:40:00Z' }, '/to'],
    [{ from: '2026-08-01T00:00:00Z' }, '/from'],
    [{ from: '2026-11-25T00:00:00Z', to: '2026-11-26T00:00:00Z' }, '/from'],
    [{ from: 'noon' }, '/from'],
    [{ clientId: 'a bank' }, '/clientId'],
  ])('%o is refused', async (query, source) => {
    const { status, body } = await operator.call('GET', `/api/overview?${new URLSearchParams(query)}`);
    expect([status, body.errordetail?.[0]]).toEqual([
      400,
      expect.objectContaining({ reason: 'INVALID_FIELD', source }),
    ]);
  });

  test.each(OPERATOR_ROLES)('%s may read it', async (role) => {
    const other = await consoleOf.operator(role);
    for (const path of ['/api/overview', '/api/problems']) expect((await other.call('GET', path)).status).toBe(200);
  });
});

describe('the problems', () => {
  async function problems(): Promise<readonly Problem[]> {
    const { status, body } = await operator.call('GET', '/api/problems');
    expect(status).toBe(200);
    expect(compileSchema(Problems).violations(body)).toEqual([]);
    return body.problems;
  }

  test('begin with the bank that fails in the last three hours, and say what to do', async () => {
    const [first, ...others] = await problems();
    expect(first).toMatchObject({
      kind: 'CLIENT_FAILING',
      severity: 'WRONG',
      clientId: 'test-bank',
      text: 'has had 30% of its enrolments fail in the last three hours, 216 of 720; in the same hours yesterday, 5%',
      screen: '/overview?clientId=test-bank',
    });
    expect(others.filter(({ kind }) => kind === 'CLIENT_FAILING')).toEqual([]);
  });

  test('name what nobody has done: dead deliveries, a webhook that is off, events and sessions that wait', async () => {
    const { pool } = network.database;
    await pool.query(
      `INSERT INTO webhook (client_id, uri, types, disabled_at) VALUES ('calm-bank', 'https://calm.example/events', '{session.*}', $1),
         ('small-bank', 'https://small.example/events', '{session.*}', NULL)`,
      [NOON],
    );
    await pool.query(
      `INSERT INTO event_delivery (client_id, uri, position, attempts, started_at, due_at, dead_at, failure)
       VALUES ('small-bank', 'https://small.example/events', 1, 20, $1, $1, $1, 'HTTP_500')`,
      [NOON],
    );
    await pool.query(`UPDATE retention SET ended_at = $1 WHERE subject = 'device'`, [new Date('2026-11-20T00:00:00Z')]);
    const found = await problems();
    await pool.query('DELETE FROM webhook');
    const about = (kind: Problem['kind']) => found.filter((problem) => problem.kind === kind);
    expect(about('WEBHOOK_OFF')).toMatchObject([
      { clientId: 'calm-bank', command: 'webhooks enable calm-bank', screen: '/clients/calm-bank' },
    ]);
    expect(about('DELIVERIES_DEAD')).toMatchObject([
      {
        clientId: 'small-bank',
        text: 'small.example did not take 1 event for three days; its last answer has the status 500',
      },
    ]);
    expect(about('TASK_BEHIND')).toMatchObject([{ about: 'retention' }]);
    expect(found.map(({ remedy }) => remedy)).not.toContain('');
  });
});
