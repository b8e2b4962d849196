/** Lifetimes and time limits (contract §1 to §6), in seconds unless the name gives another unit. */

/** How long after its creation a session can be opened and a ceremony's result is accepted. */
export const SESSION_SECONDS = 15 * 60;
/** How long a proof is accepted after it was issued. */
export const PROOF_SECONDS = 900;
/** How long after a session's end the network still gives a page its callback. */
export const RETURN_ADDRESS_SECONDS = 24 * 60 * 60;
/** How long a repeated Authenticators call gets the same answer. */
export const BINDING_ANSWER_SECONDS = 24 * 60 * 60;
/** The maximum age of `verifiedAt` and `acceptedAt`. */
export const FRESHNESS_SECONDS = 15 * 60;
/** How far a client's clock may be ahead of the network's. */
export const CLOCK_SKEW_SECONDS = 60;
/** How far an OAuth timestamp may be from the network's clock, before or after. Nonces are stored for twice this long after their timestamps. */
export const SIGNATURE_SKEW_SECONDS = 5 * 60;
/** How long a kit's pending enrolment waits for its callback. */
export const PENDING_ENROLMENT_SECONDS = 35 * 60;
/** After this many months without use, a device or a passkey is no longer recognised. */
export const IDLE_MONTHS = 13;
/** Max-Age of the device cookie: thirteen months. Browsers allow at most 400 days. */
export const DEVICE_COOKIE_SECONDS = 396 * 24 * 60 * 60;
/** The timeout of a WebAuthn ceremony. */
export const CEREMONY_SECONDS = 120;
/** How long a challenge of the cardholder's own page can be answered, and how long a visit then lasts (contract §17). */
export const MANAGE_SECONDS = 5 * 60;

/**
 * How long an issuer's verification is valid: the passkey must be made and bound within this time (contract §11). Its two JWTs have the
 * same lifetime.
 */
export const VERIFICATION_SECONDS = 5 * 60;

/** Whole seconds since 1970-01-01 UTC, as in a JWT and in OAuth. */
export function epochSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

/** `time` plus `seconds`, which may be negative. */
export function addSeconds(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}
