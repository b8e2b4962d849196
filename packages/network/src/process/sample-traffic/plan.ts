/** Which sessions the sample traffic has: when they start, how far they come, and why they end. Pure: `random` is passed in, and returns a number from 0 to 1. */
import type { Reason, SessionState } from '@payment-passkeys/protocol';
import type { BrowserFamilyName } from '@payment-passkeys/protocol/console';
import { BANKS, type SampleBank, type SampleShop, SHOPS, TROUBLED_BANK } from './parties.ts';

type Random = () => number;

/** A session that has ended. Seconds are counted from its start. */
export interface PlannedSession {
  readonly at: Date;
  readonly party: SampleBank | SampleShop;
  /** Undefined except for a payment. */
  readonly payment: { readonly amount: string; readonly steppedUp: boolean } | undefined;
  readonly state: Extract<SessionState, 'bound' | 'approved' | 'cancelled' | 'failed' | 'expired'>;
  readonly reason: Reason | undefined;
  /** Undefined: it was not opened in a browser. */
  readonly browserFamily: BrowserFamilyName | undefined;
  readonly openedAfter: number | undefined;
  /** Undefined: no result was verified. */
  readonly provenAfter: number | undefined;
  readonly endedAfter: number;
}

/** Sessions a day at full traffic. */
const DAILY_SESSIONS = 1_800;
/** How busy each hour of a day (UTC) is. */
const RHYTHM = [2, 1.5, 1, 1, 1, 1.5, 2, 3, 4, 5, 5.5, 6, 6.2, 6, 5.6, 5.4, 5.5, 6, 6.5, 6.8, 6, 4.5, 3.5, 2.5];
const RHYTHM_SUM = RHYTHM.reduce((sum, weight) => sum + weight, 0);
const WEEKEND = 0.7;
const MINUTE_MILLISECONDS = 60_000;
const HOUR_MILLISECONDS = 60 * MINUTE_MILLISECONDS;
/** No session is planned for the last minutes: it could still be open. */
const SETTLED_MINUTES = 31;

const ENROLMENTS = 0.5;
const TROUBLE_FAILING = 0.33;

const BROWSERS: readonly (readonly [BrowserFamilyName, number])[] = [
  ['Chrome mobile', 0.31],
  ['Safari mobile', 0.27],
  ['Chrome desktop', 0.18],
  ['Safari desktop', 0.08],
  ['Edge desktop', 0.06],
  ['Samsung Internet mobile', 0.05],
  ['Firefox desktop', 0.04],
  ['Other mobile', 0.01],
];

const FAILURES: readonly (readonly [Reason, number])[] = [
  ['CREDENTIALS_NOT_VERIFIED', 0.34],
  ['CREDENTIALS_CREATION_NOT_ALLOWED', 0.3],
  ['DUPLICATE_CREDENTIALS', 0.12],
  ['PERMISSION_DENIED', 0.1],
  ['UNKNOWN_ERROR', 0.08],
  ['INVALID_ARGUMENT', 0.06],
];
const PAYMENT_FAILURES: readonly (readonly [Reason, number])[] = [
  ['CREDENTIALS_NOT_VERIFIED', 0.7],
  ['PERMISSION_DENIED', 0.2],
  ['UNKNOWN_ERROR', 0.1],
];

/** Noon of the day (UTC), or three hours ago if that is earlier. */
export function beginOfTrouble(now: Date): Date {
  const noon = Math.floor(now.getTime() / (24 * HOUR_MILLISECONDS)) * 24 * HOUR_MILLISECONDS + 12 * HOUR_MILLISECONDS;
  return new Date(Math.min(noon, now.getTime() - 3 * HOUR_MILLISECONDS));
}

/** The sessions from `from` to half an hour before `now`, minute by minute. */
export function* planTraffic(times: {
  readonly from: Date;
  readonly now: Date;
  readonly random: Random;
}): Generator<PlannedSession> {
  const { from, now, random } = times;
  const trouble = beginOfTrouble(now);
  const end = now.getTime() - SETTLED_MINUTES * MINUTE_MILLISECONDS;
  for (let minute = from.getTime(); minute < end; minute += MINUTE_MILLISECONDS) {
    const at = new Date(minute);
    const weekend = at.getUTCDay() === 0 || at.getUTCDay() === 6;
    const perMinute = ((DAILY_SESSIONS * (RHYTHM[at.getUTCHours()] ?? 1)) / RHYTHM_SUM / 60) * (weekend ? WEEKEND : 1);
    const sessions = Math.floor(perMinute) + (random() < perMinute % 1 ? 1 : 0);
    for (let made = 0; made < sessions; made += 1) {
      const start = new Date(minute + Math.floor(random() * MINUTE_MILLISECONDS));
      yield random() < ENROLMENTS ? planEnrolment(start, trouble, random) : planPayment(start, random);
    }
  }
}

function planEnrolment(at: Date, trouble: Date, random: Random): PlannedSession {
  const party = choose(weighted(BANKS), random);
  const troubled = party.clientId === TROUBLED_BANK && at >= trouble;
  const browserFamily = choose(BROWSERS, random);
  const common = { at, party, payment: undefined };
  if (random() < 0.07) return unopened(common);
  const opened = { ...common, browserFamily, openedAfter: between(1, 6, random) };
  const result = opened.openedAfter + between(6, 60, random) * (random() < 0.05 ? 4 : 1);
  const failing = troubled ? TROUBLE_FAILING : party.failing;
  const fate = random();
  if (fate < failing) {
    const reason = troubled && random() < 0.85 ? 'CREDENTIALS_CREATION_NOT_ALLOWED' : choose(FAILURES, random);
    return ended(opened, { state: 'failed', reason, after: result });
  }
  if (fate < failing + 0.09) return ended(opened, { state: 'cancelled', reason: 'USER_CANCELLATION', after: result });
  if (fate < failing + 0.13) return ended(opened, { state: 'expired', reason: undefined, after: 900 });
  if (fate < failing + 0.14)
    return { ...ended(opened, { state: 'expired', reason: undefined, after: result + 900 }), provenAfter: result };
  return {
    ...ended(opened, { state: 'bound', reason: undefined, after: result + between(1, 3, random) }),
    provenAfter: result,
  };
}

function planPayment(at: Date, random: Random): PlannedSession {
  const party = choose(weighted(SHOPS), random);
  const payment = {
    amount: `${Math.floor(between(4, 180, random))}.${String(Math.floor(random() * 100)).padStart(2, '0')}`,
  };
  if (random() < 0.12) return unopened({ at, party, payment: { ...payment, steppedUp: true } });
  const common = { at, party, payment: { ...payment, steppedUp: false } };
  if (random() < 0.05) return unopened(common);
  const opened = { ...common, browserFamily: choose(BROWSERS, random), openedAfter: between(1, 4, random) };
  const result = opened.openedAfter + between(3, 25, random) * (random() < 0.04 ? 5 : 1);
  const fate = random();
  if (fate < 0.03) return ended(opened, { state: 'failed', reason: choose(PAYMENT_FAILURES, random), after: result });
  if (fate < 0.08) return ended(opened, { state: 'cancelled', reason: 'USER_CANCELLATION', after: result });
  if (fate < 0.1) return ended(opened, { state: 'expired', reason: undefined, after: 900 });
  return { ...ended(opened, { state: 'approved', reason: undefined, after: result }), provenAfter: result };
}

type Started = Pick<PlannedSession, 'at' | 'party' | 'payment'>;

function unopened(started: Started): PlannedSession {
  const nothing = { reason: undefined, browserFamily: undefined, openedAfter: undefined, provenAfter: undefined };
  return { ...started, ...nothing, state: 'expired', endedAfter: 900 };
}

function ended(
  opened: Started & { readonly browserFamily: BrowserFamilyName; readonly openedAfter: number },
  { state, reason, after }: Pick<PlannedSession, 'state' | 'reason'> & { readonly after: number },
): PlannedSession {
  return { ...opened, state, reason, provenAfter: undefined, endedAfter: Math.min(after, 1_700) };
}

const weighted = <Party extends SampleBank | SampleShop>(parties: readonly Party[]) =>
  parties.map((party) => [party, party.share] as const);

function choose<Value>(options: readonly (readonly [Value, number])[], random: Random): Value {
  let left = random() * options.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of options) {
    left -= weight;
    if (left < 0) return value;
  }
  const last = options.at(-1);
  if (last === undefined) throw new RangeError('There is nothing to choose from.');
  return last[0];
}

const between = (low: number, high: number, random: Random) => low + (high - low) * random();
