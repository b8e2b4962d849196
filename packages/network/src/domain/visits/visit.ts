/** A visit to the cardholder's own page: its cookies and its challenge. */
import { randomBytes } from 'node:crypto';
import { MANAGE_SECONDS } from '@payment-passkeys/protocol';

/** The cookie of a visit, after sign-in. */
export const VISIT_COOKIE = '__Host-manage';
/** The cookie of a challenge, before sign-in. With a cookie of its own, another tab that asks for a challenge does not end the visit of this one. */
export const CHALLENGE_COOKIE = '__Host-manage-challenge';

/** SameSite=Strict: the page's own calls send them, and no navigation from elsewhere needs them. */
export const VISIT_COOKIE_ATTRIBUTES = {
  path: '/',
  httpOnly: true,
  secure: true,
  sameSite: 'strict',
  maxAge: MANAGE_SECONDS,
} as const;

/**
 * The first bytes of a challenge of this page; 32 random ones follow. A challenge of a ceremony has 32 random bytes only. So the signature of an
 * assertion covers what it was made for: one that was made for a ceremony is refused here, and one that was made here is refused there.
 */
const KIND = Buffer.from('manage\0\0');
const RANDOM_BYTES = 32;

export function newVisitChallenge(): Buffer {
  return Buffer.concat([KIND, randomBytes(RANDOM_BYTES)]);
}

export function isVisitChallenge(challenge: Buffer): boolean {
  return challenge.length === KIND.length + RANDOM_BYTES && challenge.subarray(0, KIND.length).equals(KIND);
}
