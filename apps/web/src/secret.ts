/** Secrets for a browser's cookies, and the hash that a site stores of them. */
import { hash, randomBytes } from 'node:crypto';

/** 256 random bits, base64url: 43 characters. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Lower-case hex SHA-256. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
