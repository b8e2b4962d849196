/** What a shopper may do next, for every way that a payment or an added card can end: one table, for a shop's pages to speak by. */
import type { Reason } from '@payment-passkeys/protocol';

/**
 * - `NONE`: nothing; it is done.
 * - `TRY_AGAIN`: start anew, now, on this device.
 * - `TRY_LATER`: start anew in some minutes; the network has a problem.
 * - `SWITCH_BROWSER`: go back to the browser that it was started in.
 * - `SIGN_IN`: sign in as who started, and load the callback once more.
 * - `PAY_ANOTHER_WAY`: another card, or this one by 3-D Secure or a one-time code.
 * - `CONTACT_US`: the shopper cannot do anything about it; the shop has to.
 */
export type Advice =
  | 'NONE'
  | 'TRY_AGAIN'
  | 'TRY_LATER'
  | 'SWITCH_BROWSER'
  | 'SIGN_IN'
  | 'PAY_ANOTHER_WAY'
  | 'CONTACT_US';

/**
 * Why a return changed nothing.
 * - `MALFORMED`: not one `state` and one whole result of the closed sets.
 * - `UNKNOWN`: nothing pending has this state, or it is long forgotten.
 * - `OTHER_BROWSER`: it came without the cookie of the browser that left.
 * - `OTHER_SHOPPER`: somebody else is signed in now.
 * - `EXPIRED`: 35 minutes or more after the start.
 * - `PROOF_REFUSED`: the proof is not genuine, too old, spent, or of another session, order, amount, merchant or card.
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

export const ADVICE: {
  readonly done: Advice;
  readonly refused: Advice;
  readonly reasons: Readonly<Record<Reason, Advice>>;
  readonly ignored: Readonly<Record<IgnoredBecause, Advice>>;
} = {
  done: 'NONE',
  refused: 'TRY_AGAIN',
  reasons: {
    // "Not now" at a payment means: not by passkey, or not at all. Both are the shopper's to say.
    USER_CANCELLATION: 'PAY_ANOTHER_WAY',
    DUPLICATE_CREDENTIALS: 'TRY_AGAIN',
    CREDENTIALS_CREATION_NOT_ALLOWED: 'TRY_AGAIN',
    CREDENTIALS_NOT_VERIFIED: 'TRY_AGAIN',
    INVALID_QUERY_PARAMS: 'TRY_AGAIN',
    INVALID_ARGUMENT: 'TRY_AGAIN',
    // The issuer did not confirm the cardholder, or fifteen minutes are over.
    PERMISSION_DENIED: 'PAY_ANOTHER_WAY',
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
};
