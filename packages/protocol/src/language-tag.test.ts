import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LanguageTag, readLocale } from './language-tag.ts';
import { compileSchema } from './validation.ts';

describe('a locale hint', () => {
  test.each([
    ['en', 'en'],
    ['en-US', 'en-US'],
    ['EN-us', 'en-US'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    ['es-419', 'es-419'],
    ['sr-Latn', 'sr-Latn'],
    ['en-US-u-mu-celsius', 'en-US'], // Android 14: regional preferences
    ['th-TH-u-nu-thai-x-lvariant-TH', 'th-TH'],
    ['th-TH-u-ca-buddhist-fw-mon-mu-celsius-nu-thai', 'th-TH'],
    ['de-DE-1996', 'de-DE'],
    ['ca-ES-valencia', 'ca-ES'],
    ['de-t-en-m0-din', 'de'],
    ['zh-cmn-Hans-CN', 'zh-Hans-CN'],
    ['en-x-a', 'en'],
  ])('%s is %s: a well-formed tag is cut to language, script and region', (hint, locale) => {
    expect(readLocale(hint)).toBe(locale);
    expect(compileSchema(LanguageTag).accepts(hint)).toBe(true);
  });

  test.each([
    '',
    'e',
    'en_US',
    'en-',
    '-en',
    'en--US',
    'en-US-u',
    'en-US-x',
    'en US',
    ' en',
    'english-language',
    'x-private',
    'i-klingon',
    '*',
    'en;q=1',
    '../en',
    'en-US\n',
    `en-${'abcdefgh-'.repeat(20)}abcdefgh`,
  ])('%j is ignored', (hint) => {
    expect(readLocale(hint)).toBeUndefined();
    expect(compileSchema(LanguageTag).accepts(hint)).toBe(false);
  });

  test.each([undefined, null, 5, true, {}, ['en']])('%j is ignored', (hint) =>
    expect(readLocale(hint)).toBeUndefined(),
  );

  test('whatever it is, gives a tag that is its own, or nothing', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9]{1,8}$/);
    const tag = fc.tuple(fc.stringMatching(/^[A-Za-z]{2,3}$/), fc.array(part, { maxLength: 5 }));
    const hint = fc.oneof(
      fc.string({ unit: 'binary' }),
      tag.map(([language, parts]) => [language, ...parts].join('-')),
    );
    fc.assert(
      fc.property(hint, (text) => {
        const locale = readLocale(text);
        if (locale === undefined) return;
        expect(readLocale(locale)).toBe(locale);
        expect(new Intl.Locale(locale).language).not.toBe('');
      }),
    );
  });
});
