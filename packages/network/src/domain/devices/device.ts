/** A recognised browser: its cookie, and the ids that a proof names it and its passkeys by. */
import { createHash } from 'node:crypto';
import { DEVICE_COOKIE_SECONDS } from '@payment-passkeys/protocol';

export const DEVICE_COOKIE = '__Host-device';

/** First-party only; Lax, because the cardholder arrives by a cross-site navigation. */
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

/** The device of a cookie's value; undefined when the value is not one that the network makes: 256 random bits, base64url. */
export function readDeviceCookie(value: string | undefined): Device | undefined {
  if (value === undefined || !/^[A-Za-z0-9_-]{43}$/.test(value)) return undefined;
  const cookieHash = sha256(value);
  return { deviceId: instanceId(sha256(`device\0${cookieHash.toString('base64url')}`)), cookieHash };
}

/** The id of one passkey on one device. */
export function deviceInstanceId(deviceId: string, passkeyId: string): string {
  return instanceId(sha256(`passkey\0${deviceId}\0${passkeyId}`));
}

/**
 * base64url(UUIDv4), twelve digits, two-letter region: 36 characters, the shape of the published sample proof.
 * The UUID's bits come from the hash of what the id stands for, so that a repeated request names the same id without a look-up.
 * The digits and the region are the sample's own; what they say is not public.
 */
function instanceId(hash: Buffer): string {
  const uuid = Buffer.from(hash.subarray(0, 16));
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x40;
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80;
  return `${uuid.toString('base64url')}000000000010US`;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
