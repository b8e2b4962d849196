import { describe, expect, it } from 'vitest';
import { expiryKind, failureWords, groups } from './words.ts';

describe('a certificate', () => {
  const now = Date.parse('2026-11-28T12:00:00Z');
  it.each([
    ['2026-11-27T12:00:00Z', 'bad'],
    ['2026-12-05T12:00:00Z', 'bad'],
    ['2026-12-06T12:00:00Z', 'notice'],
    ['2026-12-28T12:00:00Z', 'notice'],
    ['2026-12-29T12:00:00Z', 'good'],
  ])('that ends at %s is %s', (expiresAt, kind) => expect(expiryKind(expiresAt, now)).toBe(kind));
});

it('a fingerprint is written in groups of four', () => expect(groups('0011aabbccddee')).toBe('0011 aabb ccdd ee'));

it.each([
  ['HTTP_500', 'Answered with status 500'],
  ['TIMEOUT', 'No answer in time'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'The connection failed'],
])('a delivery with the failure %s: %s', (failure, words) => expect(failureWords(failure)).toBe(words));
