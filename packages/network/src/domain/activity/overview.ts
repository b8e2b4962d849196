/** Composes the console's overview from the counts of its time and of the time before. Pure. */
import { REASONS, type Reason } from '@payment-passkeys/protocol';
import {
  type BrowserActivity,
  type ClientActivity,
  FUNNEL_STEPS,
  type FunnelStep,
  type KindActivity,
  type Overview,
  SESSION_KINDS,
  SESSION_OUTCOMES,
  type SessionKind,
  type SessionOutcome,
  type SessionsLink,
} from '@payment-passkeys/protocol/console';
import { type Compared, compareClients, compareParties, ofKind } from './comparison.ts';
import { durationsOf, failuresOf, openOf, ratesOf, sumOf } from './measures.ts';
import type { Activity, ActivitySearch, Counts, PartyCounts, ReasonRow } from './store.ts';
import { bucketsOf, windowBefore } from './window.ts';

export interface OverviewFacts {
  readonly search: ActivitySearch;
  readonly activity: Activity;
  readonly partiesBefore: readonly PartyCounts[];
  readonly reasons: readonly ReasonRow[];
  readonly clientNames: ReadonlyMap<string, string>;
  readonly maxOpen: number;
}

/** Payments have no step RESULT, because a payment has succeeded as soon as its answer is verified. */
const STEPS: { readonly [Kind in SessionKind]: readonly FunnelStep[] } = {
  ENROLMENT: FUNNEL_STEPS,
  PAYMENT: FUNNEL_STEPS.filter((step) => step !== 'RESULT'),
};
const OUTCOMES: { readonly [Kind in SessionKind]: readonly SessionOutcome[] } = {
  ENROLMENT: SESSION_OUTCOMES.filter((outcome) => outcome !== 'SUPERSEDED'),
  PAYMENT: SESSION_OUTCOMES.filter((outcome) => outcome !== 'UNBOUND'),
};

const COUNT_OF_STEP = {
  STARTED: 'started',
  OPENED: 'opened',
  CEREMONY: 'ceremony',
  RESULT: 'result',
  SUCCEEDED: 'succeeded',
} as const satisfies Record<FunnelStep, keyof Counts>;

const COUNT_OF_OUTCOME: { readonly [Outcome in SessionOutcome]: (counts: Counts) => number } = {
  OPEN: openOf,
  SUCCEEDED: ({ succeeded }) => succeeded,
  CANCELLED: ({ cancelled }) => cancelled,
  FAILED: ({ failed }) => failed,
  UNBOUND: ({ unbound }) => unbound,
  EXPIRED: ({ expired }) => expired,
  SUPERSEDED: ({ superseded }) => superseded,
};

export function buildOverview(facts: OverviewFacts): Overview {
  const { search, activity, maxOpen } = facts;
  const { from, to, bucketSeconds } = search;
  const before = windowBefore(search);
  return {
    ...timesOf({ from, to }),
    bucketSeconds,
    before: timesOf(before),
    enrolments: kindActivity('ENROLMENT', facts),
    payments: kindActivity('PAYMENT', facts),
    clients: clientsOf(facts),
    browsers: browsersOf(facts),
    openCutOff: openOf(sumOf(activity.parties)) >= maxOpen,
  };
}

const timesOf = ({ from, to }: { readonly from: Date; readonly to: Date }) => ({
  from: from.toISOString(),
  to: to.toISOString(),
});

/** The filter for the sessions of the search, narrowed by `also`. */
function linkOf(
  { from, to, clientId, browserFamily }: ActivitySearch,
  also: Omit<SessionsLink, 'from' | 'to'>,
): SessionsLink {
  return {
    ...timesOf({ from, to }),
    ...(clientId !== undefined && { clientId }),
    ...(browserFamily !== undefined && { browserFamily }),
    ...also,
  };
}

function kindActivity(kind: SessionKind, facts: OverviewFacts): KindActivity {
  const { search, activity, partiesBefore } = facts;
  const counts = sumOf(ofKind(activity.parties, kind));
  const countsBefore = sumOf(ofKind(partiesBefore, kind));
  const counted = (sessions: number, also: Omit<SessionsLink, 'from' | 'to' | 'kind'>) => ({
    sessions,
    link: linkOf(search, { kind, ...also }),
  });
  return {
    funnel: STEPS[kind].map((step) => ({ step, ...counted(counts[COUNT_OF_STEP[step]], { step }) })),
    outcomes: OUTCOMES[kind].map((outcome) => ({
      outcome,
      ...counted(COUNT_OF_OUTCOME[outcome](counts), { outcome }),
    })),
    reasons: reasonsOf(ofKind(facts.reasons, kind)).map(([reason, sessions]) => ({
      reason,
      ...counted(sessions, { reason }),
    })),
    steppedUp: counts.stepped_up,
    ...measured(counts, countsBefore),
    series: seriesOf(kind, facts),
  };
}

/** Members that are unknown are left out. */
function measured(counts: Counts, before: Counts) {
  const rates = ratesOf(counts);
  const ratesBefore = ratesOf(before);
  const durations = durationsOf(counts);
  return { ...(rates && { rates }), ...(ratesBefore && { ratesBefore }), ...(durations && { durations }) };
}

/** The reasons and their sums, the most frequent first. */
function reasonsOf(rows: readonly ReasonRow[]): readonly (readonly [Reason, number])[] {
  return REASONS.map((reason) => {
    const sessions = rows.filter((row) => row.reason === reason).reduce((sum, row) => sum + row.sessions, 0);
    return [reason, sessions] as const;
  })
    .filter(([, sessions]) => sessions > 0)
    .toSorted(([, a], [, b]) => b - a);
}

function seriesOf(kind: SessionKind, { search, activity }: OverviewFacts): KindActivity['series'] {
  const byStart = new Map(ofKind(activity.buckets, kind).map((row) => [row.startsAt.getTime(), row]));
  return bucketsOf(search).map((at) => {
    const counts = byStart.get(at.getTime()) ?? sumOf([]);
    const { started, succeeded, cancelled, expired } = counts;
    return { at: at.toISOString(), started, succeeded, cancelled, failed: failuresOf(counts), expired };
  });
}

/** What a table's row says of a client or browser; `also` narrows the links to it. */
function rowOf(
  kind: SessionKind,
  { counts, before }: Compared,
  { search, also }: { readonly search: ActivitySearch; readonly also: Omit<SessionsLink, 'from' | 'to'> },
) {
  const { started, succeeded, failed, unbound } = counts;
  const link = linkOf(search, { kind, ...also });
  const failedLink: SessionsLink = { ...link, outcome: failed >= unbound ? 'FAILED' : 'UNBOUND' };
  return {
    kind,
    started,
    succeeded,
    failed: failuresOf(counts),
    ...measured(counts, before),
    link,
    failedLink,
  };
}

function clientsOf(facts: OverviewFacts): ClientActivity[] {
  const { search, activity, partiesBefore, reasons, clientNames } = facts;
  const clients = SESSION_KINDS.flatMap((kind) =>
    compareClients(kind, activity.parties, partiesBefore).map(({ clientId, compared, standsOut }): ClientActivity => {
      const [main] = reasonsOf(reasons.filter((row) => row.kind === kind && row.clientId === clientId)).filter(
        ([reason]) => reason !== 'USER_CANCELLATION',
      );
      return {
        clientId,
        name: clientNames.get(clientId) ?? clientId,
        ...rowOf(kind, compared, { search, also: { clientId } }),
        standsOut,
        ...(main && { mainReason: main[0] }),
      };
    }),
  );
  return clients.toSorted((a, b) => Number(b.standsOut) - Number(a.standsOut) || b.started - a.started);
}

function browsersOf(facts: OverviewFacts): BrowserActivity[] {
  const { search, activity, partiesBefore } = facts;
  return SESSION_KINDS.flatMap((kind) =>
    [...compareParties('browserFamily', ofKind(activity.parties, kind), ofKind(partiesBefore, kind))].map(
      ([browserFamily, compared]): BrowserActivity => ({
        browserFamily,
        ...rowOf(kind, compared, { search, also: { browserFamily } }),
      }),
    ),
  ).toSorted((a, b) => b.started - a.started);
}
