/** What a shopper may do next, for every end of a payment or an added card: one table for a shop's pages. */
import type { Stage } from '@payment-passkeys/kit';
import type { Reason } from '@payment-passkeys/protocol';
import type { EarlierApproval, MerchantError, MerchantErrorCode } from '../errors.ts';

export type { Stage };

/**
 * - `NONE`: nothing; it is done, or the shopper chose not to.
 * - `TRY_AGAIN`: start again now, on this device.
 * - `TRY_LATER`: start again in some minutes; the network or the shop has a problem.
 * - `RELOAD`: load the callback once more; nothing is lost, and it completes.
 * - `CHECK_CARD`: type in the card's number and date again, or choose another card.
 * - `USE_ANOTHER_CARD`: this card cannot be used with a passkey here.
 * - `USE_EXISTING_PASSKEY`: start again, and use the existing passkey. On the network's page the button is "Use passkey", or "Use a passkey
 * I already have" if the page does not know the device.
 * - `SWITCH_BROWSER`: go back to the browser in which it started.
 * - `SIGN_IN`: sign in as the same shopper, and load the callback once more.
 * - `PAY_ANOTHER_WAY`: another card, or this one by 3-D Secure or a one-time code.
 * - `STEP_UP`: this card by 3-D Secure or a one-time code, as after `nextStep` STEP_UP.
 * - `CONTACT_US`: the shopper cannot do anything; the shop must.
 */
export type Advice =
  | 'NONE'
  | 'TRY_AGAIN'
  | 'TRY_LATER'
  | 'RELOAD'
  | 'CHECK_CARD'
  | 'USE_ANOTHER_CARD'
  | 'USE_EXISTING_PASSKEY'
  | 'SWITCH_BROWSER'
  | 'SIGN_IN'
  | 'PAY_ANOTHER_WAY'
  | 'STEP_UP'
  | 'CONTACT_US';

/** The advice for an added card; nothing is paid then. */
export type CardAdvice = Exclude<Advice, 'PAY_ANOTHER_WAY' | 'STEP_UP'>;

/**
 * Why a return changed nothing.
 * - `MALFORMED`: it does not have one `state` and one complete result of the closed sets.
 * - `UNKNOWN`: no pending record has this state, or it was deleted.
 * - `OTHER_BROWSER`: it came without the cookie of the browser that started.
 * - `OTHER_SHOPPER`: another shopper is signed in now.
 * - `EXPIRED`: 35 minutes or more after the start.
 * - `PROOF_REFUSED`: the proof is not genuine, too old, already used, or of another session, order, amount, merchant or card.
 * - `ORDER_ALREADY_APPROVED`: another payment of the same order was approved.
 */
export type IgnoredBecause =
  | 'MALFORMED'
  | 'UNKNOWN'
  | 'OTHER_BROWSER'
  | 'OTHER_SHOPPER'
  | 'EXPIRED'
  | 'PROOF_REFUSED'
  | 'ORDER_ALREADY_APPROVED';

/** What a shopper can do next, for every reason, every ignored callback and every error. */
export const ADVICE: {
  readonly done: CardAdvice;
  /** For a confirmation that the network refused. */
  readonly refused: Advice;
  /** For a payment. */
  readonly reasons: Readonly<Record<Reason, Advice>>;
  /** For an added card. */
  readonly cardReasons: Readonly<Record<Reason, CardAdvice>>;
  readonly ignored: Readonly<Record<IgnoredBecause, CardAdvice>>;
  /** Replaces the advice of PROOF_REFUSED if the proof is genuine, and the option `network` has a wrong issuer or audience. */
  readonly wrongNetwork: CardAdvice;
} = {
  done: 'NONE',
  refused: 'TRY_AGAIN',
  reasons: {
    // "Not now" at a payment means: not with a passkey, or not at all. The shopper decides.
    USER_CANCELLATION: 'PAY_ANOTHER_WAY',
    DUPLICATE_CREDENTIALS: 'USE_EXISTING_PASSKEY',
    CREDENTIALS_CREATION_NOT_ALLOWED: 'TRY_AGAIN',
    CREDENTIALS_NOT_VERIFIED: 'STEP_UP',
    INVALID_QUERY_PARAMS: 'TRY_AGAIN',
    INVALID_ARGUMENT: 'TRY_AGAIN',
    // The issuer did not confirm the cardholder, or the fifteen minutes have passed.
    PERMISSION_DENIED: 'PAY_ANOTHER_WAY',
    FORBIDDEN: 'CONTACT_US',
    NOT_FOUND: 'TRY_AGAIN',
    INVALID_STATE: 'TRY_LATER',
    SERVICE_UNAVAILABLE: 'TRY_LATER',
    SERVICE_ERROR: 'TRY_LATER',
    UNKNOWN_ERROR: 'TRY_AGAIN',
  },
  cardReasons: {
    USER_CANCELLATION: 'NONE',
    DUPLICATE_CREDENTIALS: 'USE_EXISTING_PASSKEY',
    CREDENTIALS_CREATION_NOT_ALLOWED: 'TRY_AGAIN',
    CREDENTIALS_NOT_VERIFIED: 'TRY_AGAIN',
    INVALID_QUERY_PARAMS: 'TRY_AGAIN',
    INVALID_ARGUMENT: 'TRY_AGAIN',
    PERMISSION_DENIED: 'TRY_AGAIN',
    FORBIDDEN: 'CONTACT_US',
    NOT_FOUND: 'TRY_AGAIN',
    INVALID_STATE: 'TRY_LATER',
    SERVICE_UNAVAILABLE: 'TRY_LATER',
    SERVICE_ERROR: 'TRY_LATER',
    UNKNOWN_ERROR: 'TRY_AGAIN',
  },
  ignored: {
    MALFORMED: 'TRY_AGAIN',
    UNKNOWN: 'TRY_AGAIN',
    OTHER_BROWSER: 'SWITCH_BROWSER',
    OTHER_SHOPPER: 'SIGN_IN',
    EXPIRED: 'TRY_AGAIN',
    PROOF_REFUSED: 'TRY_AGAIN',
    ORDER_ALREADY_APPROVED: 'NONE',
  },
  wrongNetwork: 'CONTACT_US',
};

type ErrorAdvice = Readonly<Record<Stage, CardAdvice>>;

const OURS: ErrorAdvice = { START: 'CONTACT_US', RETURN: 'CONTACT_US' };
/** No error loses a return, so temporary errors are worth a reload. */
const PASSING: ErrorAdvice = { START: 'TRY_LATER', RETURN: 'RELOAD' };

const ERROR_ADVICE: Readonly<Record<MerchantErrorCode, ErrorAdvice>> = {
  INVALID_OPTIONS: OURS,
  INVALID_PAYMENT: OURS,
  INVALID_CARD: { START: 'CHECK_CARD', RETURN: 'CHECK_CARD' },
  CALLBACK_NOT_ALLOWED: OURS,
  ORDER_ALREADY_APPROVED: OURS,
  NETWORK_UNREACHABLE: PASSING,
  NETWORK_REFUSED: OURS,
  NETWORK_ANSWER_INVALID: PASSING,
  SIGNER_UNAVAILABLE: PASSING,
  STORE_UNAVAILABLE: PASSING,
};

/** The shopper waits for a first approval that may still arrive; after a lost one the next order id is used. */
const APPROVAL_ADVICE: Readonly<Record<EarlierApproval, CardAdvice>> = {
  SPENT: 'CONTACT_US',
  AWAITED: 'TRY_LATER',
  LOST: 'TRY_AGAIN',
};

/** The network's refusals of the card, as opposed to the shop. */
const REFUSED_CARD_ADVICE: ReadonlyMap<string | undefined, CardAdvice> = new Map([
  ['ACCOUNT_NOT_ELIGIBLE', 'USE_ANOTHER_CARD'],
  ['BINDING_NOT_FOUND', 'CHECK_CARD'],
  ['CARD_EXPIRED', 'CHECK_CARD'],
]);

/** The advice for an error that the kit threw. */
export function adviceFor(error: MerchantError, stage: Stage): CardAdvice {
  const { code, earlierApproval, refusal } = error;
  if (earlierApproval !== undefined) return APPROVAL_ADVICE[earlierApproval];
  const ofCard = code === 'NETWORK_REFUSED' ? REFUSED_CARD_ADVICE.get(refusal?.reason) : undefined;
  return ofCard ?? ERROR_ADVICE[code][stage];
}
