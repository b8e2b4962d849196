/** The ceremony cookie: only the browser that opened a session may open it again and send its result. */
import { randomBytes } from 'node:crypto';
import { sha256 } from '../../platform/sha256.ts';

export const CEREMONY_COOKIE = '__Host-ceremony';

/** The cookie lives long enough after the session for a repeated result to be answered. */
export const CEREMONY_COOKIE_ATTRIBUTES = {
  path: '/',
  httpOnly: true,
  secure: true,
  sameSite: 'lax',
  maxAge: 60 * 60,
} as const;

/** 256 random bits, base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The SHA-256 of a secret; only the hash is stored. */
export function hashSecret(secret: string): Buffer {
  return sha256(secret);
}
