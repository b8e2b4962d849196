/**
 * The server nonces of DPoP (RFC 9449 §8). Nothing is stored: a nonce is the minute in which it was made, with a MAC by the key that all
 * processes of the network share.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { CLOCK_SKEW_SECONDS, DPOP_NONCE_SECONDS } from '@payment-passkeys/protocol';
import { keyObject, type SecretKey } from '../accounts/account-vault.ts';

/** `STALE`: accepted, but a younger one is to be handed out. */
export type NonceState = 'CURRENT' | 'STALE' | 'REFUSED';

const MINUTE_MILLISECONDS = 60_000;
const MAC_BYTES = 16;
/** Keeps these MACs apart from those of accounts, which begin with the kind of the account. */
const LABEL = 'dpop-nonce';

/** The nonce of this minute. `keys` are the index keys of accounts, the one in use first. */
export function buildServerNonce(keys: readonly SecretKey[], now: Date): string {
  const [key] = keys;
  if (key === undefined) throw new Error('There is no key for nonces.');
  const minute = minuteOf(now);
  return `${minute}.${macOf(key, minute).toString('base64url')}`;
}

/** A nonce of a process whose clock is ahead is accepted too. */
export function judgeServerNonce(nonce: string, keys: readonly SecretKey[], now: Date): NonceState {
  const [, digits = '', mac = ''] = /^([0-9]{1,12})\.([A-Za-z0-9_-]{22})$/.exec(nonce) ?? [];
  const minute = Number(digits);
  const age = (now.getTime() - minute * MINUTE_MILLISECONDS) / 1000;
  // Written so that an invalid clock (NaN) refuses.
  if (digits === '' || !(age >= -CLOCK_SKEW_SECONDS && age < DPOP_NONCE_SECONDS)) return 'REFUSED';
  const given = Buffer.from(mac, 'base64url');
  if (!keys.some((key) => timingSafeEqual(macOf(key, minute), given))) return 'REFUSED';
  return minute >= minuteOf(now) ? 'CURRENT' : 'STALE';
}

function minuteOf(now: Date): number {
  return Math.floor(now.getTime() / MINUTE_MILLISECONDS);
}

function macOf(key: SecretKey, minute: number): Buffer {
  return createHmac('sha256', keyObject(key)).update(`${LABEL}\0${minute}`).digest().subarray(0, MAC_BYTES);
}
