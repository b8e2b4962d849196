import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  KEY_SET_MAX_AGE_SECONDS,
  type KeyRing,
  PUBLISH_AHEAD_SECONDS,
  publishedEncryptionKeys,
  publishedSigningKeys,
  signingKeyAt,
} from './key-ring.ts';

const START = new Date('2026-11-24T12:00:00Z');
const at = (seconds: number) => new Date(START.getTime() + seconds * 1000);
// All keys of the ring are this pair: the tests are only about when a key becomes active.
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = (kid: string, activeFrom: Date) => ({ kid, activeFrom, ...pair, certificate: '' });
const names = (keys: readonly { readonly kid: string }[]) => keys.map(({ kid }) => kid);

const ROTATION_SECONDS = 3600;
const DAY_SECONDS = 24 * 60 * 60;
const ring: KeyRing = {
  signing: [key('first', START), key('second', at(ROTATION_SECONDS + PUBLISH_AHEAD_SECONDS))],
  encryption: [key('first', START), key('second', at(ROTATION_SECONDS))],
  webhookSigning: [],
  vault: { encryption: [], index: [] },
};
const takeOver = ROTATION_SECONDS + PUBLISH_AHEAD_SECONDS;

describe('a signing key', () => {
  test('is published longer than a key set may be cached before it signs', () => {
    expect(PUBLISH_AHEAD_SECONDS).toBeGreaterThan(KEY_SET_MAX_AGE_SECONDS);
    expect(names(publishedSigningKeys(ring, at(ROTATION_SECONDS)))).toEqual(['second', 'first']);
    expect(signingKeyAt(ring, at(ROTATION_SECONDS)).kid).toBe('first');
  });

  test('signs from the moment it becomes active', () => {
    expect(signingKeyAt(ring, at(takeOver - 0.001)).kid).toBe('first');
    expect(signingKeyAt(ring, at(takeOver)).kid).toBe('second');
  });

  test('stays published until the last proof it signed has expired, five minutes of skew included', () => {
    expect(names(publishedSigningKeys(ring, at(takeOver + 1199)))).toEqual(['second', 'first']);
    expect(names(publishedSigningKeys(ring, at(takeOver + 1200)))).toEqual(['second']);
  });

  test('without one there is no proof, and the network is unavailable for it', () => {
    expect(() => signingKeyAt(ring, at(-1))).toThrow('UNAVAILABLE');
    expect(() => signingKeyAt({ ...ring, signing: [] }, START)).toThrow('UNAVAILABLE');
  });

  test('the order of the files does not matter', () => {
    const reversed = { ...ring, signing: ring.signing.toReversed() };
    expect(signingKeyAt(reversed, at(takeOver)).kid).toBe('second');
    expect(names(publishedSigningKeys(reversed, at(takeOver)))).toEqual(['second', 'first']);
  });
});

describe('an encryption key', () => {
  test('the youngest comes first: it is the one to use', () => {
    expect(names(publishedEncryptionKeys(ring, at(ROTATION_SECONDS)))).toEqual(['second', 'first']);
  });

  test('is taken for a week after its successor came', () => {
    const retirement = ROTATION_SECONDS + 7 * DAY_SECONDS;
    expect(names(publishedEncryptionKeys(ring, at(retirement - 1)))).toEqual(['second', 'first']);
    expect(names(publishedEncryptionKeys(ring, at(retirement)))).toEqual(['second']);
  });

  test('of several, the youngest active one is first, then the older ones, then those that are not active yet', () => {
    const keys = ['a', 'b', 'c', 'd'].map((kid, hour) => key(kid, at(hour * ROTATION_SECONDS)));
    const order = (seconds: number) =>
      names(publishedEncryptionKeys({ ...ring, encryption: keys }, at(seconds))).join('');
    expect([-1, 0, ROTATION_SECONDS, 2 * ROTATION_SECONDS, 3 * ROTATION_SECONDS].map(order)).toEqual([
      'dcba',
      'adcb',
      'badc',
      'cbad',
      'dcba',
    ]);
  });

  test('that has no successor never retires', () => {
    expect(names(publishedEncryptionKeys(ring, at(10_000 * DAY_SECONDS)))).toEqual(['second']);
  });
});
