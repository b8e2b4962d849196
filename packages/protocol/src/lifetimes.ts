/** How long things live (contract §1 to §6). Seconds, unless the name says otherwise. */

/** From its creation, a session is opened and a ceremony's result is taken for this long. */
export const SESSION_SECONDS = 15 * 60;
/** A proof is taken for this long after it was issued. */
export const PROOF_SECONDS = 900;
/** The network still tells a page where a session returns to for this long past its end. */
export const RETURN_ADDRESS_SECONDS = 24 * 60 * 60;
/** The same Authenticators call is answered with the same ids for this long. */
export const BINDING_ANSWER_SECONDS = 24 * 60 * 60;
/** `verifiedAt` and `acceptedAt` are at most this old. */
export const FRESHNESS_SECONDS = 15 * 60;
/** A client's clock may run ahead of the network's by this much. */
export const CLOCK_SKEW_SECONDS = 60;
/** An OAuth timestamp may be off by this much, either way; nonces are remembered at least that long on both sides. */
export const SIGNATURE_SKEW_SECONDS = 5 * 60;
/** A kit's pending enrolment waits this long for its callback. */
export const PENDING_ENROLMENT_SECONDS = 35 * 60;
/** A device or a passkey that was not used for this many months is no longer recognised. */
export const IDLE_MONTHS = 13;
/** The device cookie's Max-Age: thirteen months, below the 400 days that browsers cap cookies at. */
export const DEVICE_COOKIE_SECONDS = 396 * 24 * 60 * 60;
/** A WebAuthn ceremony's timeout. */
export const CEREMONY_SECONDS = 120;

/** The issuer's verification holds for this long: until then the passkey is made and bound (contract §11). Its two JWTs live as long. */
export const VERIFICATION_SECONDS = 5 * 60;

/** Whole seconds since the epoch, as a JWT and OAuth count. */
export function epochSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

/** `time` moved by `seconds`, which may be negative. */
export function addSeconds(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}
