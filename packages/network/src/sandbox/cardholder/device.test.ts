import { randomBytes } from 'node:crypto';
import type { CreationOptions } from '@payment-passkeys/protocol';
import { describe, expect, test } from 'vitest';
import { mergeDevice, openDevice, type SandboxDevice, type StoredDevice } from './device.ts';

const ORIGIN = 'https://verify.example';

function create({ authenticator }: SandboxDevice): string {
  const options: Pick<
    CreationOptions,
    'rp' | 'user' | 'challenge' | 'pubKeyCredParams' | 'excludeCredentials' | 'attestation'
  > = {
    rp: { id: 'verify.example', name: 'Network' },
    user: { id: randomBytes(32).toString('base64url'), name: 'a', displayName: 'a' },
    challenge: randomBytes(32).toString('base64url'),
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    excludeCredentials: [],
    attestation: 'none',
  };
  return authenticator.create({ options, origin: ORIGIN }).id;
}

const idsOf = ({ passkeys }: StoredDevice) => passkeys.map(({ credentialId }) => credentialId);

describe('a device that two calls used at the same time', () => {
  test('has the passkeys of both, and the cookies of the later one', () => {
    const [first, second] = [openDevice(), openDevice()];
    const made = [create(first), create(second)];
    first.cookies.set('a', '1').set('b', '1');
    second.cookies.set('b', '2');
    const merged = mergeDevice(mergeDevice(undefined, first), second);
    expect(idsOf(merged)).toEqual(made);
    expect(merged.cookies).toEqual({ a: '1', b: '2' });
  });

  test('is the same after a call that made nothing', () => {
    const device = openDevice();
    create(device);
    const stored = mergeDevice(undefined, device);
    expect(mergeDevice(stored, openDevice(stored))).toEqual(stored);
  });
});

test('a device keeps its latest hundred passkeys', () => {
  const device = openDevice();
  const made = Array.from({ length: 101 }, () => create(device));
  expect(idsOf(mergeDevice(undefined, device))).toEqual(made.slice(1));
});
