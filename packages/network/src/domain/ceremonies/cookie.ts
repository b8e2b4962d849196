/** The ceremony cookie: the browser that opened a session may open it again, and only there its result is taken. */
import { createHash, randomBytes } from 'node:crypto';

export const CEREMONY_COOKIE = '__Host-ceremony';

/** Outlives the session by far enough for a repeated result to be answered. */
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

/** The SHA-256 that is kept of a secret. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
