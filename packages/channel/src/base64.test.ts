import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAnyBase64, decodeBase64, decodeBase64Url } from './base64.ts';

/** Any UTF-16 code unit, lone surrogates included; mostly ASCII. */
const character = fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((unit) => String.fromCharCode(unit));

const READERS = { decodeBase64Url, decodeBase64, decodeAnyBase64 };

describe.each(Object.entries(READERS))('%s', (_name, decode) => {
  test('has one text for one value: what it takes, it takes in no other spelling of equal length', () => {
    // 0x01 is `AQ`. The last character has unused bits: a lenient reader decodes `AR`, `AS` and others to the same byte.
    const padding = decode === decodeBase64 ? '==' : '';
    expect(decode(`AQ${padding}`)).toEqual(Buffer.from([1]));
    for (const last of ['R', 'S', 'X', 'f']) expect(decode(`A${last}${padding}`)).toBeUndefined();
  });

  test.each(['A', 'AAAAA', 'A=', 'AA=A', '====', 'AA AA', 'AA\n', 'AAé', 'AA===', '.'])('refuses %j', (text) => {
    expect(decode(text)).toBeUndefined();
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: character }), (text) => void decode(text)));
  });
});

test('every reader reads what Buffer writes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const buffer = Buffer.from(bytes);
      expect(decodeBase64Url(buffer.toString('base64url'))).toEqual(buffer);
      expect(decodeBase64(buffer.toString('base64'))).toEqual(buffer);
      for (const encoding of ['base64', 'base64url'] as const) {
        expect(decodeAnyBase64(buffer.toString(encoding))).toEqual(buffer);
      }
      expect(decodeAnyBase64(buffer.toString('base64').replaceAll('+', '-').replace(/=+$/, ''))).toEqual(buffer);
    }),
  );
});
