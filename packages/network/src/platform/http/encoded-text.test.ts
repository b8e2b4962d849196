import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { encodeText } from './encoded-text.ts';

const TEXT = '<!doctype html>\n'.repeat(100);
const DECODERS = { br: brotliDecompressSync, gzip: gunzipSync, identity: (body: Buffer) => body } as const;

test.each([
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, deflate', 'gzip'],
  ['br;q=0, gzip;q=0.5', 'gzip'],
  ['*', 'br'],
  ['identity', 'identity'],
  ['zstd', 'identity'],
  ['br;q=0, gzip;q=0', 'identity'],
  ['', 'identity'],
  ['%00, =;;q', 'identity'],
  [undefined, 'identity'],
] as const)('Accept-Encoding %j is answered in %s', (accepted, coding) => {
  const { body, headers } = encodeText(TEXT, accepted);
  expect(DECODERS[coding](body).toString()).toBe(TEXT);
  expect(headers).toEqual({
    vary: 'accept-encoding',
    ...(coding !== 'identity' && { 'content-encoding': coding }),
  });
  if (coding !== 'identity') expect(body.length).toBeLessThan(TEXT.length / 10);
});
