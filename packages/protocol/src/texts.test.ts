import { describe, expect, test } from 'vitest';
import { choosePluralForm, directionOf, fillText, htmlLanguage, lookUpLanguage, splitText } from './texts.ts';

describe('a language is looked up (RFC 4647 §3.4)', () => {
  const TAGS = ['en', 'pt', 'pt-BR', 'zh'];
  test.each([
    [['pt-BR'], 'pt-BR'],
    [['PT_br-u-nu-latn'], 'pt-BR'],
    [['pt-PT', 'en'], 'pt'],
    [['nl', 'zh-Hant-TW'], 'zh'],
    [['nl', '', '-', '*', 'ptx', 'constructor'], undefined],
    [[], undefined],
  ])('%j is %s', (wishes, tag) => expect(lookUpLanguage(wishes, TAGS)).toBe(tag));
});

test.each(
  'am ar az bg bn ca ckb cs da de dv el en es et fa fi fr gu he hi hr hu id it ja ka kk km ko lo lt lv mk mr ms my nb ne nl pa pl ps pt-BR ro ru sd si sk sl sq sr sv sw ta te th tr ug uk ur vi yi zh zh-Hant'.split(
    ' ',
  ),
)('the direction of %s is the one of Intl.Locale', (tag) => {
  const locale = new Intl.Locale(tag) as Intl.Locale & { getTextInfo(): { readonly direction: string } };
  expect(directionOf(tag)).toBe(locale.getTextInfo().direction);
});

test('Chinese is named with its script', () => expect(['de', 'zh'].map(htmlLanguage)).toEqual(['de', 'zh-Hans']));

test('placeholders are filled once, as text; one without a value stays', () => {
  expect(fillText('{a} and {b}, {c}', { a: '{b} $&', b: '1' })).toBe('{b} $& and 1, {c}');
  expect(fillText('{toString}', {})).toBe('{toString}');
  expect(splitText('To {name}!')).toEqual(['To ', 'name', '!']);
});

test.each([
  ['en', 1, 'one'],
  ['en', 2, 'other'],
  ['pl', 3, 'few'],
  ['pl', 5, 'other'], // the plural category is "many", for which the forms have no text
  ['ja', 1, 'other'],
  ['not a tag', 1, 'other'],
])('the plural form in %s of %d is %s', (tag, count, form) => {
  expect(choosePluralForm({ one: 'one', few: 'few', other: 'other' }, count, tag)).toBe(form);
});
