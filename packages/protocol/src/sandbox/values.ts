/**
 * Outcomes on demand: an e-mail address `{outcome}@{step}.sandbox.example` among a session's accounts says what the session meets, and where.
 * The table is here alone: the network acts by it, and the documentation's table and the tests are made from it.
 */
import { END_REASONS, type EndReason, type Reason } from '../outcomes.ts';

/** Where an outcome is met: at the API's two calls of an enrolment, or at the two calls of the hosted page's back end. */
export const SANDBOX_STEPS = ['sessions', 'open', 'result', 'authenticators'] as const;
export type SandboxStep = (typeof SANDBOX_STEPS)[number];

/** Below the 10 seconds after which a kit gives up a call, and the 20 seconds that the hosted page waits for an answer. */
export const MAX_SLOW_SECONDS = 8;
export const MAX_FLAKY_TIMES = 5;

/** The reasons that an error status leads to, and the status. SERVICE_ERROR stands for every status that has no reason of its own. */
export const REFUSAL_STATUSES = {
  INVALID_ARGUMENT: 400,
  PERMISSION_DENIED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  INVALID_STATE: 500,
  SERVICE_UNAVAILABLE: 503,
  SERVICE_ERROR: 429,
} as const satisfies Partial<Record<Reason, number>>;
export type RefusalReason = keyof typeof REFUSAL_STATUSES;

/** The ends that only the cardholder or the device can cause, not an answer. */
const CARDHOLDERS_ENDS = END_REASONS.filter((reason) => reason !== 'UNKNOWN_ERROR');

export type SandboxOutcome =
  /** An error answer. Nothing is done. */
  | { readonly kind: 'REFUSED'; readonly reason: RefusalReason }
  /** The error answer to a launch without its documents. */
  | { readonly kind: 'INCOMPLETE' }
  /** Status 200 with a body that is not JSON. Nothing is done. */
  | { readonly kind: 'UNREADABLE' }
  /** The session ends as if the cardholder or the device had ended it. */
  | { readonly kind: 'ENDED'; readonly reason: EndReason }
  /** The call is done, and the right answer comes `seconds` later. */
  | { readonly kind: 'SLOW'; readonly seconds: number }
  /** The call is done, and the connection is closed in place of the answer; only the first time. */
  | { readonly kind: 'LOST' }
  /** The first `times` calls are answered 503, and nothing is done; then comes the right answer. */
  | { readonly kind: 'FLAKY'; readonly times: number };

/** A row of the table. */
export interface SandboxValue {
  readonly step: SandboxStep;
  /** Before the `@`; `slow-N` and `flaky-N` stand for each number that is allowed. */
  readonly outcome: string;
  /** An address, with a number in place of `N`. */
  readonly example: string;
  /** What the network does. */
  readonly happens: string;
  /** What the client gets: from the API, or in the callback. */
  readonly meets: string;
}

const nameOf = (reason: Reason): string => reason.toLowerCase().replaceAll('_', '-');
const isOfPage = (step: SandboxStep): boolean => step === 'open' || step === 'result';

const LOST: Readonly<Record<SandboxStep, string>> = {
  sessions: 'no answer. The next call of the client with this address is answered',
  open: '`ERROR`, `UNKNOWN_ERROR`. The launch address is used up',
  result: 'the page asks again and gets the proof: `ENROLLED`',
  authenticators: 'no answer. The same call again is answered 200 with the same ids',
};
const FLAKY: Readonly<Record<SandboxStep, string>> = {
  sessions: 'status 503 with `Retry-After: 1`, counted for the client: every N+1st call is right',
  open: '`ERROR`, `SERVICE_UNAVAILABLE`, N times; then the launch address can be opened',
  result: '`ERROR`, `SERVICE_UNAVAILABLE`, N times; then the page can be opened again and the passkey is taken',
  authenticators: 'status 503 with `Retry-After: 1`, N times; then 201',
};

/** Every outcome, in the order of the table. */
export const SANDBOX_VALUES: readonly SandboxValue[] = SANDBOX_STEPS.flatMap(valuesOf);

function valuesOf(step: SandboxStep): readonly SandboxValue[] {
  const page = isOfPage(step);
  const row = (outcome: string, happens: string, meets: string, number = ''): SandboxValue => ({
    step,
    outcome,
    example: `${outcome.replace('N', number)}@${step}.sandbox.example`,
    happens,
    meets,
  });
  const callback = (reason: Reason) =>
    reason === 'USER_CANCELLATION' ? '`CANCELLED`, `USER_CANCELLATION`' : `\`ERROR\`, \`${reason}\``;
  const refusals = Object.entries(REFUSAL_STATUSES).map(([reason, status]) =>
    row(
      nameOf(reason as Reason), // a key of REFUSAL_STATUSES
      `answers ${status}; nothing is done`,
      page ? callback(reason as Reason) : `status ${status}`,
    ),
  );
  const unreadable = row(
    'unknown-error',
    'answers 200 with a body that is not JSON; nothing is done',
    page ? callback('UNKNOWN_ERROR') : 'an answer that cannot be read',
  );
  const ended = page
    ? CARDHOLDERS_ENDS.map((reason) => row(nameOf(reason), 'ends the session without a passkey', callback(reason)))
    : [];
  const incomplete =
    step === 'open'
      ? [
          row(
            'invalid-query-params',
            'answers 400 `COMPLIANCE_INCOMPLETE`; nothing is done',
            callback('INVALID_QUERY_PARAMS'),
          ),
        ]
      : [];
  return [
    ...ended,
    ...incomplete,
    ...refusals,
    unreadable,
    row('slow-N', `answers N seconds late, 1 to ${MAX_SLOW_SECONDS}`, 'the right answer, late', '2'),
    row('lost', 'does it, and closes the connection in place of the answer; once', LOST[step]),
    row('flaky-N', `answers 503 N times, 1 to ${MAX_FLAKY_TIMES}; then as usual`, FLAKY[step], '2'),
  ];
}

/** What an address among the accounts of a session asks for. */
export type SandboxAddress =
  | { readonly ok: true; readonly step: SandboxStep; readonly outcome: string }
  /** An address of `sandbox.example` that is not a test value. `right` has the correct ones. */
  | { readonly ok: false; readonly right: readonly string[] };

const DOMAIN = /@(?:(?<step>[^@]*)\.)?sandbox\.example$/;

/** Undefined for an address outside `sandbox.example`. */
export function readSandboxAddress(address: string): SandboxAddress | undefined {
  const text = address.trim().toLowerCase();
  const found = DOMAIN.exec(text);
  if (found === null) return undefined;
  const step = SANDBOX_STEPS.find((name) => name === found.groups?.step);
  if (step === undefined) return { ok: false, right: SANDBOX_STEPS.map((name) => `…@${name}.sandbox.example`) };
  const outcome = text.slice(0, found.index);
  if (readOutcome(step, outcome) !== undefined) return { ok: true, step, outcome };
  return { ok: false, right: SANDBOX_VALUES.filter((value) => value.step === step).map((value) => value.outcome) };
}

/** Undefined if the step has no such outcome. */
export function readOutcome(step: SandboxStep, outcome: string): SandboxOutcome | undefined {
  const [, kind, number] = /^(slow|flaky)-([1-9])$/.exec(outcome) ?? [];
  const count = Number(number);
  if (kind === 'slow') return count <= MAX_SLOW_SECONDS ? { kind: 'SLOW', seconds: count } : undefined;
  if (kind === 'flaky') return count <= MAX_FLAKY_TIMES ? { kind: 'FLAKY', times: count } : undefined;
  if (!SANDBOX_VALUES.some((value) => value.step === step && value.outcome === outcome)) return undefined;
  if (outcome === 'lost') return { kind: 'LOST' };
  if (outcome === 'unknown-error') return { kind: 'UNREADABLE' };
  if (outcome === 'invalid-query-params') return { kind: 'INCOMPLETE' };
  const end = CARDHOLDERS_ENDS.find((reason) => nameOf(reason) === outcome);
  if (end !== undefined) return { kind: 'ENDED', reason: end };
  const refused = Object.keys(REFUSAL_STATUSES).find((reason) => nameOf(reason as Reason) === outcome);
  return refused === undefined ? undefined : { kind: 'REFUSED', reason: refused as RefusalReason }; // a key
}
