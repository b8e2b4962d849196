import { randomBytes } from 'node:crypto';
import { compileSchema, InstanceId } from '@payment-passkeys/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEVICE_COOKIE, DEVICE_COOKIE_ATTRIBUTES, deviceInstanceId, readDeviceCookie } from './device.ts';

const instanceId = compileSchema(InstanceId);

describe('the ids that a proof names a device and its passkeys by', () => {
  const shape = fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uuid(), (secret, passkeyId) => {
    const device = readDeviceCookie(Buffer.from(secret).toString('base64url'));
    if (device === undefined) throw new Error('256 bits in base64url are a device cookie.');
    for (const id of [device.deviceId, deviceInstanceId(device.deviceId, passkeyId)]) {
      expect(id).toHaveLength(36);
      expect(id).toMatch(/^[A-Za-z0-9_-]{22}\d{12}[A-Z]{2}$/);
      expect(instanceId.accepts(id)).toBe(true);
      const uuid = Buffer.from(id.slice(0, 22), 'base64url');
      expect(uuid).toHaveLength(16);
      expect((uuid[6] ?? 0) >> 4).toBe(4);
      expect((uuid[8] ?? 0) >> 6).toBe(0b10);
    }
  });

  test('are base64url(UUIDv4) + twelve digits + two-letter region, 36 characters', () => fc.assert(shape));

  test('are the same each time, and others for another device or passkey', () => {
    const [one, two] = [randomBytes(32), randomBytes(32)].map((bytes) => readDeviceCookie(bytes.toString('base64url')));
    if (one === undefined || two === undefined) throw new Error('Both are device cookies.');
    const ids = [
      one.deviceId,
      two.deviceId,
      deviceInstanceId(one.deviceId, 'a'),
      deviceInstanceId(one.deviceId, 'b'),
      deviceInstanceId(two.deviceId, 'a'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(deviceInstanceId(one.deviceId, 'a')).toBe(ids[2]);
  });
});

describe('the device cookie', () => {
  test('is first-party: __Host-, HttpOnly, Secure, SameSite=Lax, for the whole site, about thirteen months', () => {
    expect(DEVICE_COOKIE).toMatch(/^__Host-/);
    expect(DEVICE_COOKIE_ATTRIBUTES).toEqual({
      path: '/',
      httpOnly: true,
      secure: true,
      sameSite: 'lax',
      maxAge: 396 * 24 * 60 * 60,
    });
  });

  test('is kept as its hash only', () => {
    const secret = randomBytes(32).toString('base64url');
    const device = readDeviceCookie(secret);
    expect(device?.cookieHash).toHaveLength(32);
    expect(JSON.stringify(device)).not.toContain(secret);
    expect(device?.cookieHash.equals(Buffer.from(secret, 'base64url'))).toBe(false);
  });

  test.each([undefined, '', 'a', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}=`, `${'a'.repeat(42)} `])(
    '%j is none',
    (value) => expect(readDeviceCookie(value)).toBeUndefined(),
  );
});
