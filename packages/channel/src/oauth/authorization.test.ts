import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildAuthorization, readAuthorization } from './authorization.ts';

/** Any UTF-16 code unit, lone surrogates included; mostly ASCII. */
const character = fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((unit) => String.fromCharCode(unit));

describe('readAuthorization', () => {
  test('reads the header of RFC 5849 §3.5.1, without its realm', () => {
    const header =
      'OAuth realm="Example",\n oauth_consumer_key="0685bd9184jfhq22",\n oauth_token="ad180jjd733klru7",\n oauth_signature_method="HMAC-SHA1",\n' +
      ' oauth_signature="wOJIO9A2W5mFwDgiDvZbTSMK%2FPY%3D",\n oauth_timestamp="137131200",\n oauth_nonce="4572616e48616d6d65724c61686176",\n oauth_version="1.0"';
    const reading = readAuthorization(header.replaceAll('\n', ''));
    expect(reading.ok && Object.fromEntries(reading.parameters)).toEqual({
      oauth_consumer_key: '0685bd9184jfhq22',
      oauth_token: 'ad180jjd733klru7',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_signature: 'wOJIO9A2W5mFwDgiDvZbTSMK/PY=',
      oauth_timestamp: '137131200',
      oauth_nonce: '4572616e48616d6d65724c61686176',
      oauth_version: '1.0',
    });
  });

  test('a raw value and its percent-encoded form are the same value, decoded once', () => {
    const value = (header: string) => {
      const reading = readAuthorization(header);
      return reading.ok ? reading.parameters.get('a') : reading.code;
    };
    expect(value('OAuth a="k+/!="')).toBe('k+/!=');
    expect(value('OAuth a="k%2B%2F%21%3D"')).toBe('k+/!=');
    expect(value('OAuth a="%252B"')).toBe('%2B');
    expect(value('oauth a=""')).toBe('');
    expect(value('OAuth b="1" ,\ta="x,y z"')).toBe('x,y z');
  });

  test.each([
    [undefined, 'MISSING_HEADER'],
    ['', 'MISSING_HEADER'],
    ['Bearer x', 'MISSING_HEADER'],
    ['OAuth2 a="b"', 'MISSING_HEADER'],
    ['OAuth', 'MALFORMED_HEADER'],
    ['OAuth ', 'MALFORMED_HEADER'],
    ['OAuth a', 'MALFORMED_HEADER'],
    ['OAuth a=b', 'MALFORMED_HEADER'],
    ['OAuth a="b', 'MALFORMED_HEADER'],
    ['OAuth a="b",', 'MALFORMED_HEADER'],
    ['OAuth ,a="b"', 'MALFORMED_HEADER'],
    ['OAuth a="b" c="d"', 'MALFORMED_HEADER'],
    ['OAuth a="b"x', 'MALFORMED_HEADER'],
    ['OAuth ="b"', 'MALFORMED_HEADER'],
    ['OAuth a="%zz"', 'MALFORMED_HEADER'],
    ['OAuth a="%ff"', 'MALFORMED_HEADER'],
    ['OAuth a="é"', 'MALFORMED_HEADER'],
    ['OAuth a="b\n"', 'MALFORMED_HEADER'],
    [`OAuth ${'a'.repeat(65)}="b"`, 'MALFORMED_HEADER'],
    [`OAuth a="${'b'.repeat(8192)}"`, 'MALFORMED_HEADER'],
    ['OAuth a="b",a="b"', 'DUPLICATE_PARAMETER'],
    ['OAuth a="b",c="d",a="e"', 'DUPLICATE_PARAMETER'],
    ['OAuth realm="b",realm="b"', 'DUPLICATE_PARAMETER'],
  ])('%j is refused as %s', (header, code) => {
    expect(readAuthorization(header)).toMatchObject({ ok: false, code });
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: character }), (text) => void readAuthorization(text)));
    fc.assert(fc.property(fc.string({ unit: character }), (text) => void readAuthorization(`OAuth ${text}`)));
    const pieces = fc.array(fc.constantFrom('a', '=', '"', ',', ' ', '%', '%41', 'oauth_nonce', '\t', '!'));
    fc.assert(fc.property(pieces, (list) => void readAuthorization(`OAuth ${list.join('')}`)));
  });

  test('reads back what buildAuthorization writes, whatever the values', () => {
    const values = fc.array(fc.string({ unit: 'grapheme', maxLength: 50 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(values, (list) => {
        const parameters = list.map((value, index) => [`p${index}`, value] as const);
        const reading = readAuthorization(buildAuthorization(parameters));
        expect(reading.ok && [...reading.parameters]).toEqual(parameters);
      }),
    );
  });
});
