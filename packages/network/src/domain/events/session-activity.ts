/**
 * What the overview counts of a session, and the counting of ended sessions. The statement that ends a session stores beside the event how far the
 * session came; the mover counts it in the statement that moves the event. So each session is counted once, even if a process ends in between.
 */
import type { SessionState } from '@payment-passkeys/protocol';
import { BUCKET_SECONDS, type SessionOutcome } from '@payment-passkeys/protocol/console';
import { joinSql, literals, type Sql, sql } from '@payment-passkeys/storage';

/** The columns of {@link SESSION_ACTIVITY}, for jsonb_to_record. */
export const ACTIVITY_RECORD: Sql<never> = sql`("startedAt" timestamptz, kind text, "browserFamily" text, step integer, outcome text, reason text, seconds double precision)`;

const outcome = (name: SessionOutcome | 'STEPPED_UP') => literals([name]);

/** Reasons with which the browser reports that the authenticator's dialog has failed. */
const FAILED_CEREMONY = literals([
  'DUPLICATE_CREDENTIALS',
  'CREDENTIALS_CREATION_NOT_ALLOWED',
  'CREDENTIALS_NOT_VERIFIED',
]);

/** The state of a row of `session`. Where a statement has just set the state, it is a constant, and PostgreSQL reduces the expressions to what is left. */
const STATE: Sql<never> = sql`session.state`;

const outcomeOf = (
  state: Sql<never>,
): Sql<never> => sql`CASE WHEN session.next_step = 'STEP_UP' THEN ${outcome('STEPPED_UP')}
  WHEN ${state} IN ('bound', 'approved') THEN ${outcome('SUCCEEDED')}
  WHEN ${state} = 'cancelled' THEN ${outcome('CANCELLED')}
  WHEN ${state} = 'failed' THEN ${outcome('FAILED')}
  WHEN ${state} = 'superseded' THEN ${outcome('SUPERSEDED')}
  WHEN ${state} = 'expired' AND session.proof_hash IS NOT NULL THEN ${outcome('UNBOUND')}
  WHEN ${state} = 'expired' THEN ${outcome('EXPIRED')}
  ELSE ${outcome('OPEN')} END`;

/** What became of a row of `session`, ended or not: one of SESSION_OUTCOMES, or STEPPED_UP. */
export const SESSION_OUTCOME: Sql<never> = outcomeOf(STATE);

const stepOf = (state: Sql<never>): Sql<never> => sql`CASE WHEN ${state} IN ('bound', 'approved') THEN 4
  WHEN session.proof_hash IS NOT NULL THEN 3
  WHEN session.completed_at IS NOT NULL OR session.end_reason IN (${FAILED_CEREMONY}) OR session.timeline @> '[{"step": "RESULT"}]' THEN 2
  WHEN session.ceremony_hash IS NOT NULL OR session.end_reason = 'USER_CANCELLATION' THEN 1
  ELSE 0 END`;

/**
 * How far a row of `session` came: a position in FUNNEL_STEPS. A proof is stored with a verified result; a refused result is in the timeline. A
 * payment that the cardholder cancels in the shop's dialog counts as opened.
 */
export const SESSION_STEP: Sql<never> = stepOf(STATE);

/** The kind of a row of `session`: one of SESSION_KINDS. */
export const SESSION_KIND: Sql<never> = sql`CASE WHEN session.reason = 'TRANSACTION_AUTHENTICATION' THEN 'PAYMENT' ELSE 'ENROLMENT' END`;

/** The members of {@link ACTIVITY_RECORD} except `reason`, as expressions over a row of `session`, ended or not. */
const factsOf = (state: Sql<never>) => ({
  startedAt: sql`session.created_at`,
  kind: SESSION_KIND,
  browserFamily: sql`coalesce(session.browser_family, 'Unknown')`,
  step: stepOf(state),
  outcome: outcomeOf(state),
  seconds: sql`CASE WHEN session.proof_hash IS NOT NULL THEN extract(epoch FROM session.completed_at - session.created_at) END`,
});

const build = (facts: ReturnType<typeof factsOf>, reason: Sql<never>): Sql<never> =>
  sql`jsonb_build_object('startedAt', ${facts.startedAt}, 'kind', ${facts.kind}, 'browserFamily', ${facts.browserFamily}, 'step', ${facts.step},
    'outcome', ${facts.outcome}, 'reason', ${reason}, 'seconds', ${facts.seconds})`;

/** A jsonb object of a row of `session`, ended or not, with the members of {@link ACTIVITY_RECORD}. */
export const SESSION_ACTIVITY: Sql<never> = build(factsOf(STATE), sql`session.end_reason`);

/** For RETURNING of an UPDATE of `session`. These are columns, because a distributed engine builds no jsonb there. `state` is what it has set, if that is one. */
export function activityFacts(state?: SessionState): Sql<never> {
  const facts = factsOf(state === undefined ? STATE : literals([state]));
  return sql`${facts.startedAt} AS activity_started_at, ${facts.kind} AS activity_kind, ${facts.browserFamily} AS activity_browser,
    ${facts.step} AS activity_step, ${facts.outcome} AS activity_outcome, ${facts.seconds} AS activity_seconds`;
}

/** {@link SESSION_ACTIVITY} of a row `ended`, from the columns `end_reason` and {@link activityFacts}. */
export const ENDED_ACTIVITY: Sql<never> = build(
  {
    startedAt: sql`ended.activity_started_at`,
    kind: sql`ended.activity_kind`,
    browserFamily: sql`ended.activity_browser`,
    step: sql`ended.activity_step`,
    outcome: sql`ended.activity_outcome`,
    seconds: sql`ended.activity_seconds`,
  },
  sql`ended.end_reason`,
);

/** The upper bounds of the histogram of durations. The last one also counts longer durations. */
export const DURATION_BOUNDS = [5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 900] as const;

type DurationCount = `within_${(typeof DURATION_BOUNDS)[number]}`;
export type ActivityCount =
  | 'started'
  | 'opened'
  | 'ceremony'
  | 'result'
  | 'succeeded'
  | 'cancelled'
  | 'failed'
  | 'unbound'
  | 'expired'
  | 'superseded'
  | 'stepped_up'
  | DurationCount;

const hasOutcome = (name: SessionOutcome | 'STEPPED_UP') => sql`outcome = ${outcome(name)}`;

/** The columns of `activity` that count, each with its condition on a row of {@link ACTIVITY_RECORD}. */
const CONDITIONS: readonly (readonly [ActivityCount, Sql<never>])[] = [
  ['started', sql`NOT ${hasOutcome('STEPPED_UP')}`],
  ['opened', sql`step >= 1`],
  ['ceremony', sql`step >= 2`],
  ['result', sql`step >= 3`],
  ['succeeded', hasOutcome('SUCCEEDED')],
  ['cancelled', hasOutcome('CANCELLED')],
  ['failed', hasOutcome('FAILED')],
  ['unbound', hasOutcome('UNBOUND')],
  ['expired', hasOutcome('EXPIRED')],
  ['superseded', hasOutcome('SUPERSEDED')],
  ['stepped_up', hasOutcome('STEPPED_UP')],
  ...DURATION_BOUNDS.map(
    (bound, position) =>
      [
        `within_${bound}`,
        sql`seconds > ${DURATION_BOUNDS[position - 1] ?? -1}${position + 1 < DURATION_BOUNDS.length ? sql` AND seconds <= ${bound}` : sql``}`,
      ] as const,
  ),
];

export const ACTIVITY_COUNTS: readonly ActivityCount[] = CONDITIONS.map(([name]) => name);

/** `count(*) FILTER (…) AS started, …` over rows of {@link ACTIVITY_RECORD}. */
export const COUNTED: Sql<never> = joinSql(
  CONDITIONS.map(([name, condition]) => sql`(count(*) FILTER (WHERE ${condition}))::integer AS ${countColumn(name)}`),
);

/** A column of `activity`. */
export function countColumn(name: ActivityCount): Sql<never> {
  return { chunks: [name] };
}

export const COUNT_COLUMNS: Sql<never> = joinSql(ACTIVITY_COUNTS.map(countColumn));

/** The beginning of the bucket in which a time lies. Days are those of UTC. */
export const bucketStart = <Name extends string = never>(seconds: Sql<Name>, at: Sql<Name>): Sql<Name> =>
  sql`date_bin(make_interval(secs => ${seconds}), ${at}, timestamptz 'epoch')`;

const KEY = sql`bucket_seconds, starts_at, client_id, kind, browser_family`;
const [SHORTEST_BUCKET] = BUCKET_SECONDS;
const EVERY_BUCKET = sql`(VALUES ${joinSql(BUCKET_SECONDS.map((seconds) => sql`(${seconds})`))}) AS bucket (bucket_seconds)`;
/** Where a bucket of each length begins, by the beginning of the shortest one: each length is a multiple of the shorter ones. */
const STARTS_AT = bucketStart(sql`bucket_seconds`, sql`begins`);
const GROUP = sql`bucket_seconds, ${STARTS_AT}, client_id, kind, browser_family`;

/**
 * Parts of the mover's statement: they count the ended sessions of `taken`, which has the columns `client_id, activity`, in a bucket of each
 * length. Each session is looked at once, for its shortest bucket; the longer buckets add up the counts of the shortest.
 */
export const ACTIVITY_COUNTED: Sql<never> = sql`
  activity_taken AS (SELECT client_id, ${bucketStart(sql`${SHORTEST_BUCKET}`, sql`"startedAt"`)} AS begins, kind,
                            "browserFamily" AS browser_family, step, outcome, reason, seconds
                     FROM taken, jsonb_to_record(activity) AS session ${ACTIVITY_RECORD} WHERE activity IS NOT NULL),
  activity_in_shortest AS (SELECT begins, client_id, kind, browser_family, ${COUNTED} FROM activity_taken
                           GROUP BY begins, client_id, kind, browser_family),
  activity_counted AS (INSERT INTO activity (${KEY}, ${COUNT_COLUMNS})
                       SELECT ${GROUP}, ${joinSql(ACTIVITY_COUNTS.map((name) => sql`sum(${countColumn(name)})`))}
                       FROM activity_in_shortest, ${EVERY_BUCKET} GROUP BY ${GROUP}
                       ON CONFLICT (${KEY}) DO UPDATE
                       SET ${joinSql(ACTIVITY_COUNTS.map((name) => sql`${countColumn(name)} = activity.${countColumn(name)} + excluded.${countColumn(name)}`))}),
  reasons_counted AS (INSERT INTO activity_reason (${KEY}, reason, sessions)
                      SELECT ${GROUP}, reason, count(*) FROM activity_taken, ${EVERY_BUCKET} WHERE reason IS NOT NULL GROUP BY ${GROUP}, reason
                      ON CONFLICT (${KEY}, reason) DO UPDATE SET sessions = activity_reason.sessions + excluded.sessions)`;
