/** What the overview counts: each session once, however it ends, and at every moment between its end and the mover's commit. */
import { type EndReason, SESSION_SECONDS } from '@payment-passkeys/protocol';
import { reportAssertion, startPayment, type TestBrowser } from '@payment-passkeys/testkit';
import type { Pool, PoolClient } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endedOf, openOf, sumOf } from '../src/domain/activity/measures.ts';
import { type Counts, forgetActivity, readActivity, readReasons, SERIES_COUNTS } from '../src/domain/activity/store.ts';
import { chooseWindow } from '../src/domain/activity/window.ts';
import { moveForReader, moveInBackground } from '../src/domain/events/mover.ts';
import { sweep } from '../src/process/housekeeping.ts';
import { act, ofPan } from './lifecycle.ts';
import { enrol } from './running-network.ts';
import { addCardAtShop, enrolAtBank, freshPan, paymentOf, payOnPage, startTestShop, type TestShop } from './shop.ts';
import { confirm, createConfirmationSteps } from './spc-steps.ts';

const HOUR = 60 * 60 * 1000;
let at: TestShop;
beforeAll(async () => {
  at = await startTestShop();
});
afterAll(() => at.network.stop());

const pool = () => at.network.database.pool;
const { start: startConfirmation, accept } = createConfirmationSteps(() => at);

/** The hour of the current test. Each test has its own hours, so it counts only its own sessions. */
let hour = new Date('2026-11-24T12:00:00Z');
beforeEach(() => {
  hour = new Date(hour.getTime() + 4 * HOUR);
  at.network.now = hour;
});

const wait = (seconds: number) => {
  at.network.now = new Date(at.network.now.getTime() + seconds * 1000);
};

function searchFrom(from: Date) {
  const window = chooseWindow(from, new Date(from.getTime() + HOUR), new Date(from.getTime() + HOUR / 2));
  if (typeof window === 'string') throw new Error(window);
  return { ...window, clientId: undefined, browserFamily: undefined };
}

async function count(kind: 'ENROLMENT' | 'PAYMENT', from = hour): Promise<Counts> {
  const { parties, buckets } = await readActivity(pool(), searchFrom(from), at.network.now);
  const counts = sumOf(parties.filter((row) => row.kind === kind));
  const ofKind = buckets.filter((row) => row.kind === kind);
  const inSeries = SERIES_COUNTS.map((count) => ofKind.reduce((sum, row) => sum + row[count], 0));
  expect(inSeries).toEqual(SERIES_COUNTS.map((count) => counts[count]));
  return counts;
}

/** A pool with only this connection, whose transactions it does not commit. */
function withoutCommit(connection: PoolClient): Pool {
  const query = (text: unknown) => (text === 'COMMIT' ? { command: 'COMMIT' } : connection.query(text as string));
  return { query, connect: async () => ({ query, release: () => {} }) } as unknown as Pool; // the only members that the mover uses
}
const move = () => moveForReader(pool(), { clientId: at.network.client.registration.clientId, now: at.network.now });

/** The counts that are not zero, durations left out. */
function told(counts: Counts): Readonly<Record<string, number>> {
  const all = { ...counts, open: openOf(counts) };
  return Object.fromEntries(
    Object.entries(all).filter(([name, sessions]) => sessions > 0 && !name.startsWith('within')),
  );
}

/** A cardholder who enrolled two hours before, so that the enrolment is not counted. */
async function enrolledBefore(): Promise<{ readonly pan: string; readonly browser: TestBrowser }> {
  at.network.now = new Date(hour.getTime() - 2 * HOUR);
  const pan = freshPan();
  const browser = await enrolAtBank(at, pan);
  at.network.now = hour;
  return { pan, browser };
}

const opened = { started: 1, opened: 1 };
const proven = { ...opened, ceremony: 1, result: 1 };

const ENDS: readonly (readonly [string, 'ENROLMENT' | 'PAYMENT', () => Promise<unknown>, Counted])[] = [
  ['bound', 'ENROLMENT', () => enrolAtBank(at, freshPan()), { ...proven, succeeded: 1 }],
  [
    'bound at a shop, after the issuer',
    'ENROLMENT',
    () => addCardAtShop(at, freshPan(), at.network.browser()),
    { ...proven, succeeded: 1 },
  ],
  ['cancelled', 'ENROLMENT', () => end('USER_CANCELLATION'), { ...opened, cancelled: 1 }],
  ['failed in the dialog', 'ENROLMENT', () => end('CREDENTIALS_NOT_VERIFIED'), { ...opened, ceremony: 1, failed: 1 }],
  ['failed on the page', 'ENROLMENT', () => end('UNKNOWN_ERROR'), { ...opened, failed: 1 }],
  [
    'failed on the page after an answer that was refused',
    'ENROLMENT',
    async () => {
      const browser = at.network.browser();
      const offer = (await browser.open((await at.network.client.startSession()).body.uri)).body;
      const answer = browser.answer(offer) as { readonly response: object };
      await browser.result({ ...answer, response: { ...answer.response, clientDataJSON: 'e30' } });
      await browser.end('UNKNOWN_ERROR');
    },
    { ...opened, ceremony: 1, failed: 1 },
  ],
  ['never opened', 'ENROLMENT', () => at.network.client.startSession().then(expire), { started: 1, expired: 1 }],
  [
    'opened and left',
    'ENROLMENT',
    async () => {
      await at.network.browser().open((await at.network.client.startSession()).body.uri);
      await expire();
    },
    { ...opened, expired: 1 },
  ],
  [
    'not bound in time',
    'ENROLMENT',
    () => enrol(at.network, at.network.browser()).then(expire),
    { ...proven, unbound: 1 },
  ],
  [
    'approved on the page',
    'PAYMENT',
    async () => {
      const { pan, browser } = await enrolledBefore();
      await payOnPage(at, browser, paymentOf(pan));
    },
    { ...proven, succeeded: 1 },
  ],
  [
    "approved in the shop's dialog",
    'PAYMENT',
    async () => {
      const started = await startConfirmation();
      await accept(started.id, confirm(started));
    },
    { ...proven, succeeded: 1 },
  ],
  [
    "cancelled in the shop's dialog",
    'PAYMENT',
    async () => {
      const { id } = await startConfirmation();
      await reportAssertion(at.shop, id, { outcome: 'ABORTED' });
    },
    { ...opened, cancelled: 1 },
  ],
  [
    'superseded by another session of the order, which is still open',
    'PAYMENT',
    async () => {
      const { pan } = await enrolledBefore();
      const info = paymentOf(pan);
      await startPayment(at.shop, info);
      await startPayment(at.shop, info);
    },
    { started: 2, superseded: 1, open: 1 },
  ],
  [
    'ended by a suspension',
    'PAYMENT',
    async () => {
      const { pan } = await enrolledBefore();
      await startPayment(at.shop, paymentOf(pan));
      await act(at.network.client, 'SUSPEND', { account: ofPan(pan) });
    },
    { started: 1, failed: 1 },
  ],
  [
    'answered with STEP_UP',
    'PAYMENT',
    () => startPayment(at.shop, paymentOf(freshPan('400000'))).then(expire),
    { stepped_up: 1 },
  ],
];
type Counted = Readonly<Record<string, number>>;

async function end(reason: EndReason): Promise<void> {
  const browser = at.network.browser();
  await browser.open((await at.network.client.startSession()).body.uri);
  await browser.end(reason);
  await browser.end(reason);
}

async function expire(): Promise<void> {
  wait(2 * SESSION_SECONDS);
  await sweep(at.network.running.network);
}

describe('a session is counted once', () => {
  test.each(ENDS)('%s', async (_, kind, run, expected) => {
    await run();
    const before = await count(kind);
    await move();
    await move();
    await moveInBackground(pool(), at.network.now);
    expect(told(before)).toEqual(expected);
    expect(await count(kind)).toEqual(before);
  });

  test('while it is open: as far as it has come', async () => {
    const browser = at.network.browser();
    const session = (await at.network.client.startSession()).body;
    expect(told(await count('ENROLMENT'))).toEqual({ started: 1, open: 1 });
    const offer = (await browser.open(session.uri)).body;
    expect(told(await count('ENROLMENT'))).toEqual({ ...opened, open: 1 });
    await browser.result(browser.answer(offer));
    expect(told(await count('ENROLMENT'))).toEqual({ ...proven, open: 1 });
  });

  test('when the mover dies before its commit: by the next one', async () => {
    await end('USER_CANCELLATION');
    const dying = await pool().connect();
    try {
      await moveInBackground(withoutCommit(dying), hour);
      expect(told(await count('ENROLMENT'))).toEqual({ ...opened, cancelled: 1 });
    } finally {
      dying.release(true);
    }
    await move();
    await move();
    expect(told(await count('ENROLMENT'))).toEqual({ ...opened, cancelled: 1 });
  });

  test('while 16 end at once, movers race, and somebody reads: no number is ever too high or too low', async () => {
    const browsers = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const browser = at.network.browser();
        await browser.open((await at.network.client.startSession()).body.uri);
        return browser;
      }),
    );
    const seen: Counts[] = [];
    await Promise.all([
      ...browsers.map((browser) => browser.end('USER_CANCELLATION')),
      ...Array.from({ length: 8 }, () => move()),
      ...Array.from({ length: 8 }, async () => seen.push(await count('ENROLMENT'))),
    ]);
    await move();
    seen.push(await count('ENROLMENT'));
    expect(seen.map(({ opened }) => opened)).toEqual(Array(9).fill(16));
    expect(told(seen.at(-1) ?? sumOf([]))).toEqual({ started: 16, opened: 16, cancelled: 16 });
  });
});

test('each session is in a bucket of five minutes, of an hour and of a day, with its reason', async () => {
  wait(299);
  await end('CREDENTIALS_NOT_VERIFIED');
  wait(1);
  await end('USER_CANCELLATION');
  await move();
  const { rows } = await pool().query(
    `SELECT bucket_seconds AS seconds, extract(epoch FROM starts_at - $1)::integer AS after, failed, cancelled FROM activity
     WHERE kind = 'ENROLMENT' AND starts_at >= $1 AND starts_at <= $2 AND bucket_seconds < 86400 ORDER BY 1, 2`,
    [hour, at.network.now],
  );
  expect(rows).toEqual([
    { seconds: 300, after: 0, failed: 1, cancelled: 0 },
    { seconds: 300, after: 300, failed: 0, cancelled: 1 },
    { seconds: 3600, after: 0, failed: 1, cancelled: 1 },
  ]);
  const days = await pool().query(
    `SELECT date_trunc('day', starts_at, 'UTC') = starts_at AS day, count(*)::integer AS rows FROM activity WHERE bucket_seconds = 86400
     GROUP BY day`,
  );
  expect(days.rows).toMatchObject([{ day: true }]);
  const reasons = await readReasons(pool(), searchFrom(hour), at.network.now);
  expect(reasons.map(({ reason, sessions }) => `${reason} ${sessions}`).toSorted()).toEqual([
    'CREDENTIALS_NOT_VERIFIED 1',
    'USER_CANCELLATION 1',
  ]);
});

test('a duration is counted from the start to the verified result', async () => {
  const browser = at.network.browser();
  const session = (await at.network.client.startSession()).body;
  wait(20);
  const offer = (await browser.open(session.uri)).body;
  wait(20);
  await browser.result(browser.answer(offer));
  wait(60);
  const counts = await count('ENROLMENT');
  expect(counts).toMatchObject({ result: 1, within_45: 1, within_30: 0, within_60: 0 });
});

test('buckets are deleted by their age: five minutes after two days, hours after 90, days after 182', async () => {
  await end('USER_CANCELLATION');
  await move();
  const lengths = async () =>
    (
      await pool().query<{ seconds: number }>(
        `SELECT DISTINCT bucket_seconds AS seconds FROM activity
         WHERE $1::timestamptz >= starts_at AND $1::timestamptz < starts_at + make_interval(secs => bucket_seconds) ORDER BY 1`,
        [hour],
      )
    ).rows.map(({ seconds }) => seconds);
  const after = (days: number) => new Date(hour.getTime() + days * 24 * HOUR);
  for (const [days, left] of [
    [2, [300, 3600, 86400]],
    [3, [3600, 86400]],
    [89, [3600, 86400]],
    [91, [86400]],
    [181, [86400]],
    [184, []],
  ] as const) {
    await forgetActivity(pool(), after(days));
    expect(await lengths()).toEqual(left);
  }
  expect(endedOf(await count('ENROLMENT'))).toBe(0);
});
