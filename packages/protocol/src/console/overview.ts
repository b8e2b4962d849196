/**
 * The console's overview (contract §18, screen 1): the funnel, the ends and their reasons, rates and durations over a chosen time, and what
 * is wrong now. What each number counts is in docs/what-the-overview-counts.md.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { ClientId, Text, Timestamp } from '../fields.ts';
import { REASONS } from '../outcomes.ts';
import { FUNNEL_STEPS, SESSION_KINDS, SESSION_OUTCOMES } from './closed-lists.ts';

/** `GET`: takes an {@link OverviewQuery}, answers an {@link Overview}. */
export const OVERVIEW_PATH = '/api/overview';
/** `GET`: answers {@link Problems}. */
export const PROBLEMS_PATH = '/api/problems';

/** The shortest and the longest time of an overview. */
export const MIN_OVERVIEW_SECONDS = 60 * 60;
export const MAX_OVERVIEW_SECONDS = 90 * 24 * 60 * 60;

/** Sessions are counted in buckets of five minutes (for two days), hours and days of UTC. */
export const BUCKET_SECONDS = [300, 3_600, 86_400] as const;
export type BucketSeconds = (typeof BUCKET_SECONDS)[number];

/** One of BROWSER_FAMILIES, such as `Chrome desktop`. */
export const BrowserFamily = Text(40);

/** `from` and `to` are moved outwards to the ends of buckets. Without them: the last 24 hours. */
export const OverviewQuery = Type.Object({
  from: Type.Optional(Timestamp),
  to: Type.Optional(Timestamp),
  clientId: Type.Optional(ClientId),
  browserFamily: Type.Optional(BrowserFamily),
});
export type OverviewQuery = Static<typeof OverviewQuery>;

/** The sessions behind a number: members of the search of sessions. A session belongs to the time at which it was started. */
export const SessionsLink = Type.Object({
  from: Timestamp,
  to: Timestamp,
  clientId: Type.Optional(ClientId),
  kind: Type.Optional(Type.Enum(SESSION_KINDS)),
  browserFamily: Type.Optional(BrowserFamily),
  outcome: Type.Optional(Type.Enum(SESSION_OUTCOMES)),
  reason: Type.Optional(Type.Enum(REASONS)),
  /** The sessions that reached at least this step. */
  step: Type.Optional(Type.Enum(FUNNEL_STEPS)),
});
export type SessionsLink = Static<typeof SessionsLink>;

const Count = Type.Integer({ minimum: 0 });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const counted = <Members extends Readonly<Record<string, TSchema>>>(members: Members) =>
  Type.Object({ ...members, sessions: Count, link: SessionsLink });

/**
 * Shares of the sessions that have ended, without superseded ones. Absent if there is no such session. `failed` counts FAILED and UNBOUND;
 * `abandoned` counts EXPIRED.
 */
export const Rates = Type.Object({ succeeded: Share, cancelled: Share, failed: Share, abandoned: Share });
export type Rates = Static<typeof Rates>;

/** Seconds from a session's start to its verified result, for sessions with a result. Read from a histogram, so as exact as its steps. */
export const Durations = Type.Object({ median: Type.Number(), p95: Type.Number() });
export type Durations = Static<typeof Durations>;

/** The sessions that were started in a bucket. */
export const BucketCounts = Type.Object({
  at: Timestamp,
  started: Count,
  succeeded: Count,
  cancelled: Count,
  /** With UNBOUND. */
  failed: Count,
  expired: Count,
});
export type BucketCounts = Static<typeof BucketCounts>;

/** Enrolments, or payments. */
export const KindActivity = Type.Object({
  /** In the order of FUNNEL_STEPS; a session counts in each step up to its furthest. */
  funnel: Type.Array(counted({ step: Type.Enum(FUNNEL_STEPS) })),
  outcomes: Type.Array(counted({ outcome: Type.Enum(SESSION_OUTCOMES) })),
  /** The reasons of CANCELLED and FAILED; the most frequent comes first. */
  reasons: Type.Array(counted({ reason: Type.Enum(REASONS) })),
  /** Payments that were answered with STEP_UP: no passkey could be used. They are in no other number. */
  steppedUp: Count,
  rates: Type.Optional(Rates),
  /** The rates in the period of the same length before. */
  ratesBefore: Type.Optional(Rates),
  durations: Type.Optional(Durations),
  /** Every bucket of the time, oldest first. */
  series: Type.Array(BucketCounts),
});
export type KindActivity = Static<typeof KindActivity>;

/** The numbers in a row of a table, for a client's or a browser's sessions of one kind. */
const RowActivity = {
  kind: Type.Enum(SESSION_KINDS),
  started: Count,
  succeeded: Count,
  failed: Count,
  rates: Type.Optional(Rates),
  ratesBefore: Type.Optional(Rates),
  durations: Type.Optional(Durations),
  /** All sessions of the row. */
  link: SessionsLink,
  /** The failed ones. */
  failedLink: SessionsLink,
};

export const ClientActivity = Type.Object({
  clientId: ClientId,
  name: Text(200),
  ...RowActivity,
  /**
   * It fails much more than before: at least 30 of its sessions have ended, the failure rate is at least 10 percentage points higher than in
   * the time of the same length before, and at least twice as high.
   */
  standsOut: Type.Boolean(),
  /** Its most frequent reason of failure. */
  mainReason: Type.Optional(Type.Enum(REASONS)),
});
export type ClientActivity = Static<typeof ClientActivity>;

export const BrowserActivity = Type.Object({ browserFamily: BrowserFamily, ...RowActivity });
export type BrowserActivity = Static<typeof BrowserActivity>;

export const Overview = Type.Object({
  /** The time that is counted: from a bucket's beginning to a bucket's end. */
  from: Timestamp,
  to: Timestamp,
  bucketSeconds: Type.Enum(BUCKET_SECONDS),
  /** The time of the same length before, for `ratesBefore`. */
  before: Type.Object({ from: Timestamp, to: Timestamp }),
  enrolments: KindActivity,
  payments: KindActivity,
  /** Those that stand out first, then by the number of sessions. */
  clients: Type.Array(ClientActivity),
  browsers: Type.Array(BrowserActivity),
  /** More sessions are open than are counted: the numbers of open sessions are too low. */
  openCutOff: Type.Boolean(),
});
export type Overview = Static<typeof Overview>;

/** What can be wrong. */
export const PROBLEM_KINDS = [
  'CLIENT_FAILING',
  'DELIVERIES_DEAD',
  'DELIVERIES_LATE',
  'WEBHOOK_OFF',
  'EVENTS_BEHIND',
  'CLIENT_KEY',
  'NETWORK_KEY',
  'TASK_BEHIND',
  'APPROVALS_WAITING',
  'CONFIGURATION',
] as const;
export type ProblemKind = (typeof PROBLEM_KINDS)[number];

/** Something that an operator should act on. The texts are English; they contain no account and no secret. */
export const Problem = Type.Object({
  kind: Type.Enum(PROBLEM_KINDS),
  /** WRONG: something does not work. WARNING: it will not, or only a part of it. */
  severity: Type.Enum(['WRONG', 'WARNING']),
  clientId: Type.Optional(ClientId),
  /** What it is about, such as `client example-bank` or `signing key`. */
  about: Text(300),
  /** What is wrong: continues `about`, such as `has a certificate that ends in 12 days`. */
  text: Text(1_000),
  /** What to do: a sentence. */
  remedy: Text(1_000),
  /** A command of the network's command line that does it, without the program's name. */
  command: Type.Optional(Text(300)),
  /** A path of the console, such as `/clients/example-bank`. */
  screen: Type.Optional(Text(300)),
  /** A page of docs/, with a heading's anchor. */
  docs: Type.Optional(Text(300)),
});
export type Problem = Static<typeof Problem>;

/** Everything that is wrong now, the worst first. */
export const Problems = Type.Object({ at: Timestamp, problems: Type.Array(Problem) });
export type Problems = Static<typeof Problems>;
