/** What a cardholder may do next, for every end of an enrolment: one table for a bank's pages. */
import { rules, type Stage } from '@payment-passkeys/kit';
import type { Reason } from '@payment-passkeys/protocol';
import { checkGiven, IssuerError, type IssuerErrorCode } from '../errors.ts';

export type { Stage };

/**
 * Why a callback changed nothing.
 * - `MALFORMED`: it does not have one `state` and one complete result of the closed sets.
 * - `UNKNOWN`: no enrolment has this state, or it was deleted.
 * - `OTHER_BROWSER`: it came without the cookie of the browser that started.
 * - `OTHER_CARDHOLDER`: another cardholder is signed in now.
 * - `EXPIRED`: 35 minutes or more after the start.
 * - `PROOF_REFUSED`: the proof is not genuine, too old, already used, or of another session.
 */
export type IgnoredBecause =
  | 'MALFORMED'
  | 'UNKNOWN'
  | 'OTHER_BROWSER'
  | 'OTHER_CARDHOLDER'
  | 'EXPIRED'
  | 'PROOF_REFUSED';

/**
 * - `NONE`: nothing; it is done, or the cardholder chose not to.
 * - `TRY_AGAIN`: start again now, on this device.
 * - `TRY_LATER`: start again in some minutes; the network has a problem.
 * - `RELOAD`: load the callback once more; nothing is lost, and it completes.
 * - `USE_EXISTING_PASSKEY`: start again, and use the existing passkey. On the network's page the button is "Use passkey", or "Use a passkey
 * I already have" if the page does not know the device.
 * - `USE_ANOTHER_DEVICE`: start again on a device with a screen lock and a current browser.
 * - `SWITCH_BROWSER`: go back to the browser or app in which it started.
 * - `SIGN_IN`: sign in (as the same cardholder) and load the callback once more; before the start, sign in again.
 * - `CONTACT_US`: the cardholder cannot do anything; the bank must.
 */
export type NextStep =
  | 'NONE'
  | 'TRY_AGAIN'
  | 'TRY_LATER'
  | 'RELOAD'
  | 'USE_EXISTING_PASSKEY'
  | 'USE_ANOTHER_DEVICE'
  | 'SWITCH_BROWSER'
  | 'SIGN_IN'
  | 'CONTACT_US';

/** What a cardholder can do next. */
export interface Advice {
  readonly nextStep: NextStep;
  /** The advice for a cardholder who has already done `nextStep`. */
  readonly ifThatFails?: NextStep;
}

/** What a cardholder can do next, for every reason, every ignored callback and every error. */
export const NEXT_STEPS: {
  readonly enrolled: Advice;
  readonly reasons: Readonly<Record<Reason, Advice>>;
  readonly ignored: Readonly<Record<IgnoredBecause, Advice>>;
  /** Replaces the advice of PROOF_REFUSED if the proof is genuine, and the profile has a wrong issuer or audience. */
  readonly wrongProfile: Advice;
} = {
  enrolled: { nextStep: 'NONE' },
  reasons: {
    USER_CANCELLATION: { nextStep: 'NONE' },
    DUPLICATE_CREDENTIALS: { nextStep: 'USE_EXISTING_PASSKEY', ifThatFails: 'CONTACT_US' },
    // The device's dialog was closed, timed out or failed; most often it was closed.
    CREDENTIALS_CREATION_NOT_ALLOWED: { nextStep: 'TRY_AGAIN', ifThatFails: 'USE_ANOTHER_DEVICE' },
    CREDENTIALS_NOT_VERIFIED: { nextStep: 'TRY_AGAIN', ifThatFails: 'USE_ANOTHER_DEVICE' },
    // The launch address has no valid token: it was opened a second time, or it was built wrongly.
    INVALID_QUERY_PARAMS: { nextStep: 'TRY_AGAIN', ifThatFails: 'CONTACT_US' },
    INVALID_ARGUMENT: { nextStep: 'TRY_AGAIN', ifThatFails: 'CONTACT_US' },
    // The fifteen minutes have passed, or the address was opened in another browser.
    PERMISSION_DENIED: { nextStep: 'TRY_AGAIN', ifThatFails: 'CONTACT_US' },
    FORBIDDEN: { nextStep: 'CONTACT_US' },
    NOT_FOUND: { nextStep: 'TRY_AGAIN', ifThatFails: 'CONTACT_US' },
    INVALID_STATE: { nextStep: 'TRY_LATER', ifThatFails: 'CONTACT_US' },
    SERVICE_UNAVAILABLE: { nextStep: 'TRY_LATER', ifThatFails: 'CONTACT_US' },
    SERVICE_ERROR: { nextStep: 'TRY_LATER', ifThatFails: 'CONTACT_US' },
    UNKNOWN_ERROR: { nextStep: 'TRY_AGAIN', ifThatFails: 'USE_ANOTHER_DEVICE' },
  },
  ignored: {
    MALFORMED: { nextStep: 'TRY_AGAIN' },
    UNKNOWN: { nextStep: 'TRY_AGAIN' },
    OTHER_BROWSER: { nextStep: 'SWITCH_BROWSER', ifThatFails: 'TRY_AGAIN' },
    OTHER_CARDHOLDER: { nextStep: 'SIGN_IN', ifThatFails: 'TRY_AGAIN' },
    EXPIRED: { nextStep: 'TRY_AGAIN' },
    PROOF_REFUSED: { nextStep: 'TRY_AGAIN', ifThatFails: 'CONTACT_US' },
  },
  wrongProfile: { nextStep: 'CONTACT_US' },
};

/** No error loses a return, so temporary errors are worth a reload. */
const PASSING: readonly IssuerErrorCode[] = [
  'NETWORK_UNREACHABLE',
  'NETWORK_ANSWER_INVALID',
  'SIGNER_UNAVAILABLE',
  'STORE_UNAVAILABLE',
];

const ADVICE_INPUT: rules.Rules = {
  error: rules.rule('must be an IssuerError', (value) => value instanceof IssuerError),
  stage: rules.oneOf(['START', 'RETURN'] satisfies readonly Stage[]),
};

/** The advice for an error that the kit threw. */
export function adviceFor(error: IssuerError, stage: Stage): Advice {
  checkGiven({ error, stage }, { name: 'adviceFor', fields: ADVICE_INPUT });
  if (PASSING.includes(error.code)) {
    return { nextStep: stage === 'START' ? 'TRY_LATER' : 'RELOAD', ifThatFails: 'CONTACT_US' };
  }
  // The bank verified the cardholder, or recorded the consent, more than fifteen minutes ago.
  if (error.refusal?.reason === 'STALE') return { nextStep: 'SIGN_IN', ifThatFails: 'CONTACT_US' };
  return { nextStep: 'CONTACT_US' };
}
