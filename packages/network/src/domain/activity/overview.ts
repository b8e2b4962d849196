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
import { durationsOf, failuresOf, openOf, ratesOf, standsOut, sumOf } from './measures.ts';
import type { ActivityRow, ActivitySearch, Counts, ReasonRow } from './store.ts';
import { bucketsOf, windowBefore } from './window.ts';

export interface OverviewFacts {
  readonly search: ActivitySearch;
  readonly rows: readonly ActivityRow[];
  readonly rowsBefore: readonly ActivityRow[];
  readonly reasons: readonly ReasonRow[];
  readonly clientNames: ReadonlyMap<string, string>;
  readonly maxOpen: number;
}

/** A payment is approved by its result. */
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
  const { search, rows, maxOpen } = facts;
  const { from, to, bucketSeconds } = search;
  const before = windowBefore(search);
  const open = SESSION_KINDS.map((kind) => openOf(sumOf(rows.filter((row) => row.kind === kind && isOfClient(row)))));
  return {
    ...timesOf({ from, to }),
    bucketSeconds,
    before: timesOf(before),
    enrolments: kindActivity('ENROLMENT', facts),
    payments: kindActivity('PAYMENT', facts),
    clients: clientsOf(facts),
    browsers: browsersOf(facts),
    openCutOff: open.reduce((sum, sessions) => sum + sessions, 0) >= maxOpen,
  };
}

const timesOf = ({ from, to }: { readonly from: Date; readonly to: Date }) => ({
  from: from.toISOString(),
  to: to.toISOString(),
});

const isOfClient = ({ clientId }: ActivityRow) => clientId !== null;

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
  const { search, rows, rowsBefore } = facts;
  const counts = sumOf(rows.filter((row) => row.kind === kind && isOfClient(row)));
  const countsBefore = sumOf(rowsBefore.filter((row) => row.kind === kind && isOfClient(row)));
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
    reasons: reasonsOf(facts.reasons.filter((row) => row.kind === kind)).map(([reason, sessions]) => ({
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

function seriesOf(kind: SessionKind, { search, rows }: OverviewFacts): KindActivity['series'] {
  const byStart = new Map(
    rows.flatMap((row) => (row.kind === kind && row.startsAt !== null ? [[row.startsAt.getTime(), row] as const] : [])),
  );
  return bucketsOf(search).map((at) => {
    const counts = byStart.get(at.getTime()) ?? sumOf([]);
    const { started, succeeded, cancelled, expired } = counts;
    return { at: at.toISOString(), started, succeeded, cancelled, failed: failuresOf(counts), expired };
  });
}

/** What a table's row says of one client or browser; `also` narrows the links to it. */
function rowOf(
  row: ActivityRow,
  before: Counts,
  { search, also }: { readonly search: ActivitySearch; readonly also: Omit<SessionsLink, 'from' | 'to'> },
) {
  const { kind, started, succeeded } = row;
  const link = linkOf(search, { kind, ...also });
  const failedLink: SessionsLink = { ...link, outcome: row.failed >= row.unbound ? 'FAILED' : 'UNBOUND' };
  return { kind, started, succeeded, failed: failuresOf(row), ...measured(row, before), link, failedLink };
}

function clientsOf(facts: OverviewFacts): ClientActivity[] {
  const { search, rows, rowsBefore, reasons, clientNames } = facts;
  const clients = rows.flatMap((row): ClientActivity[] => {
    const { kind, clientId } = row;
    if (clientId === null) return [];
    const ofKindBefore = rowsBefore.filter((other) => other.kind === kind && isOfClient(other));
    const before = sumOf(ofKindBefore.filter((other) => other.clientId === clientId));
    const [main] = reasonsOf(reasons.filter((other) => other.kind === kind && other.clientId === clientId)).filter(
      ([reason]) => reason !== 'USER_CANCELLATION',
    );
    return [
      {
        clientId,
        name: clientNames.get(clientId) ?? clientId,
        ...rowOf(row, before, { search, also: { clientId } }),
        standsOut: standsOut(row, { before, others: sumOf(ofKindBefore) }),
        ...(main && { mainReason: main[0] }),
      },
    ];
  });
  return clients.toSorted((a, b) => Number(b.standsOut) - Number(a.standsOut) || b.started - a.started);
}

function browsersOf({ search, rows, rowsBefore }: OverviewFacts): BrowserActivity[] {
  return rows
    .flatMap((row): BrowserActivity[] => {
      const { kind, browserFamily } = row;
      if (browserFamily === null) return [];
      const before = sumOf(rowsBefore.filter((other) => other.kind === kind && other.browserFamily === browserFamily));
      return [{ browserFamily, ...rowOf(row, before, { search, also: { browserFamily } }) }];
    })
    .toSorted((a, b) => b.started - a.started);
}
