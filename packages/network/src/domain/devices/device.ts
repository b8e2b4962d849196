/** A recognised browser: its cookie, and its ids in a proof. */

import { DEVICE_COOKIE_SECONDS } from '@payment-passkeys/protocol';
import { sha256 } from '../../platform/sha256.ts';

export const DEVICE_COOKIE = '__Host-device';

/** First-party only. SameSite=Lax, because the cardholder arrives by a cross-site navigation. */
export const DEVICE_COOKIE_ATTRIBUTES = {
  path: '/',
  httpOnly: true,
  secure: true,
  sameSite: 'lax',
  maxAge: DEVICE_COOKIE_SECONDS,
} as const;

export interface Device {
  readonly deviceId: string;
  readonly cookieHash: Buffer;
}

/** Reads the cookie's value: 256 random bits, base64url. Undefined for any other value. */
export function readDeviceCookie(value: string | undefined): Device | undefined {
  if (value === undefined || !/^[A-Za-z0-9_-]{43}$/.test(value)) return undefined;
  const cookieHash = sha256(value);
  return { deviceId: instanceId(sha256(`device\0${cookieHash.toString('base64url')}`)), cookieHash };
}

/** The id of a passkey on a device. */
export function deviceInstanceId(deviceId: string, passkeyId: string): string {
  return instanceId(sha256(`passkey\0${deviceId}\0${passkeyId}`));
}

/**
 * base64url(UUIDv4), twelve digits, two-letter region: 36 characters, as in the published sample proof. The UUID's bits are a hash of the
 * thing that the id names, so a repeated request gives the same id without a look-up. Digits and region are copied from the sample; their
 * meaning is not public.
 */
function instanceId(digest: Buffer): string {
  const uuid = Buffer.from(digest.subarray(0, 16));
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x40;
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80;
  return `${uuid.toString('base64url')}000000000010US`;
}
