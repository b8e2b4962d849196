import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAnyBase64, decodeBase64, decodeBase64Url } from './base64.ts';

/** Any UTF-16 code unit, lone surrogates included; mostly ASCII. */
const character = fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((unit) => String.fromCharCode(unit));

const ALPHABETS = {
  decodeBase64Url: /^[A-Za-z0-9_-]*$/,
  decodeBase64: /^[A-Za-z0-9+/]*={0,2}$/,
  decodeAnyBase64: /^[A-Za-z0-9+/_-]*={0,2}$/,
};
const READERS = { decodeBase64Url, decodeBase64, decodeAnyBase64 };

describe.each(Object.entries(READERS))('%s', (name, decode) => {
  test('has one text for one value: what it takes, it takes in no other spelling of equal length', () => {
    // 0x01 is `AQ`. The last character has unused bits: a lenient reader decodes `AR`, `AS` and others to the same byte.
    const padding = decode === decodeBase64 ? '==' : '';
    expect(decode(`AQ${padding}`)).toEqual(Buffer.from([1]));
    for (const last of ['R', 'S', 'X', 'f']) expect(decode(`A${last}${padding}`)).toBeUndefined();
  });

  test.each(['A', 'AAAAA', 'A=', 'AA=A', '====', 'AA AA', 'AA\n', 'AAé', 'AA===', '.'])('refuses %j', (text) => {
    expect(decode(text)).toBeUndefined();
  });

  test('takes nothing outside of its alphabet, anywhere in the text', () => {
    const near = fc.string({
      unit: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...'AQgw09') }, fc.constantFrom(...'+/-_='), character),
    });
    fc.assert(
      fc.property(near, (text) => {
        if (decode(text) !== undefined) expect(text).toMatch(ALPHABETS[name as keyof typeof READERS]);
      }),
      { numRuns: 2_000 },
    );
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
