/** Every way in which an enrolment ends without a passkey: the bank's words for it, and whether "Try again" can help. Decisions only, no HTML. */
import type { IgnoredBecause, NextStep, Reason, RouteOutcome } from '@payment-passkeys/issuer/server';
import type { TextName } from '../language.ts';

export const NEW_PATH = '/passkeys/new';

/** The kit's recommendation. */
interface Advice {
  readonly nextStep: NextStep;
  readonly ifThatFails?: NextStep | undefined;
}

export interface Ending extends Advice {
  /** HTTP status of the page. */
  readonly status: number;
  readonly heading: TextName;
  readonly text: TextName;
  /** The reason code that is shown. */
  readonly code: string;
  /** Whether the page has the button that the advice names. */
  readonly mayTryAgain: boolean;
  /** The customer cancelled, so it is not a failure. */
  readonly cancelled: boolean;
}

type Words = readonly [heading: TextName, text: TextName];

/** The reasons that the bank has words for. */
const REASONS: Readonly<Partial<Record<Reason, Words>>> = {
  USER_CANCELLATION: ['reason.cancelled', 'reason.cancelledText'],
  DUPLICATE_CREDENTIALS: ['reason.duplicate', 'reason.duplicateText'],
  CREDENTIALS_CREATION_NOT_ALLOWED: ['reason.notCreated', 'text.windowClosed'],
  CREDENTIALS_NOT_VERIFIED: ['reason.notVerified', 'text.windowClosed'],
  INVALID_QUERY_PARAMS: ['reason.incomplete', 'reason.incompleteText'],
  INVALID_ARGUMENT: ['reason.invalid', 'text.ours'],
  PERMISSION_DENIED: ['reason.late', 'reason.lateText'],
  FORBIDDEN: ['reason.forbidden', 'text.ours'],
  NOT_FOUND: ['reason.unknownSession', 'reason.unknownSessionText'],
  INVALID_STATE: ['reason.networkProblem', 'text.nothingCreated'],
  SERVICE_UNAVAILABLE: ['reason.networkAway', 'text.nothingCreated'],
  SERVICE_ERROR: ['reason.networkProblem', 'text.nothingCreated'],
  UNKNOWN_ERROR: ['reason.unexpected', 'reason.unexpectedText'],
};

/** For every other reason. The page also shows the advice. */
const ANY_REASON: Words = ['reason.unexpected', 'text.nothingCreated'];

export function describeFailure({ reason, ...advice }: Advice & { readonly reason: Reason }): Ending {
  const cancelled = reason === 'USER_CANCELLATION';
  // A customer who cancelled may change their mind.
  const words = REASONS[reason] ?? ANY_REASON;
  return describe(words, { code: reason, advice, status: 200, cancelled, mayTryAgain: cancelled });
}

const NOT_YOURS: Words = ['ignored.notYours', 'text.nothingChanged'];

const IGNORED: Readonly<Record<IgnoredBecause, readonly [status: number, words: Words]>> = {
  MALFORMED: [400, ['ignored.malformed', 'text.nothingChanged']],
  UNKNOWN: [404, NOT_YOURS],
  OTHER_BROWSER: [403, NOT_YOURS],
  OTHER_CARDHOLDER: [403, NOT_YOURS],
  EXPIRED: [410, ['ignored.expired', 'ignored.expiredText']],
  PROOF_REFUSED: [403, ['ignored.proof', 'ignored.proofText']],
};

/** For a callback that changed nothing. */
export function describeIgnored({ because, ...advice }: Advice & { readonly because: IgnoredBecause }): Ending {
  const [status, words] = IGNORED[because];
  return describe(words, { code: because, advice, status });
}

type Unfinished = Extract<RouteOutcome, { readonly status: 'UNFINISHED' }>;

/** The network could not be reached, or refused the request: at the start, or on the return. */
export function describeUnfinished({ error, ...advice }: Pick<Unfinished, 'error'> & Advice): Ending {
  const refused = error.refusal !== undefined;
  return describe(refused ? ['unfinished.refused', 'text.ours'] : ['reason.networkAway', 'unfinished.awayText'], {
    code: error.refusal?.reason ?? error.code,
    advice,
    status: refused ? 502 : 503,
    mayTryAgain: advice.nextStep === 'SIGN_IN',
  });
}

/** The texts of these steps name the button. */
const AGAIN: ReadonlySet<NextStep | undefined> = new Set<NextStep | undefined>([
  'TRY_AGAIN',
  'TRY_LATER',
  'RELOAD',
  'USE_EXISTING_PASSKEY',
]);

function describe(
  [heading, text]: Words,
  known: Pick<Ending, 'code' | 'status'> &
    Partial<Pick<Ending, 'cancelled' | 'mayTryAgain'>> & { readonly advice: Advice },
): Ending {
  const { code, status, cancelled = false, mayTryAgain = false } = known;
  const { nextStep, ifThatFails } = known.advice;
  const named = AGAIN.has(nextStep) || AGAIN.has(ifThatFails);
  return { status, heading, text, code, nextStep, ifThatFails, cancelled, mayTryAgain: mayTryAgain || named };
}
