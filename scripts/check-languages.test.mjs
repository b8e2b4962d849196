import { expect, test } from 'vitest';
import { findMissing } from './check-languages.mjs';

const ENGLISH = {
  hello: 'Hello, {name}',
  deep: { list: ['One'], days: { one: '{count} day', other: '{count} days' } },
};
const ARABIC_DAYS = {
  zero: '{count} يوم',
  one: 'يوم واحد',
  two: 'يومان',
  few: '{count} أيام',
  many: '{count} يومًا',
  other: '{count} يوم',
};
const ARABIC = { hello: 'مرحبًا {name}', deep: { list: ['واحد'], days: ARABIC_DAYS } };

const check = (arabic) =>
  findMissing([
    {
      folder: 'a',
      texts: new Map([
        ['en', ENGLISH],
        ['ar', arabic],
      ]),
    },
  ]);
const withDays = (change) => ({ ...ARABIC, deep: { ...ARABIC.deep, days: { ...ARABIC_DAYS, ...change } } });

test('a whole language has no finding', () => expect(check(ARABIC)).toEqual([]));

test('a language that one place lacks', () => {
  const texts = new Map([['en', ENGLISH]]);
  expect(
    findMissing([
      { folder: 'a', texts: new Map([...texts, ['ar', ARABIC]]) },
      { folder: 'b', texts },
    ]),
  ).toEqual(['b/ar.json is missing']);
});

test.each([
  ['a missing text', { hello: ARABIC.hello, deep: { days: ARABIC_DAYS } }, 'deep.list.0 is missing'],
  ['an extra text', { ...ARABIC, more: 'x' }, 'more is not among the English texts'],
  ['an empty text', { ...ARABIC, hello: ' ' }, 'hello has an empty text'],
  ['a missing placeholder', { ...ARABIC, hello: 'مرحبًا' }, 'hello lacks {name}'],
  ['an extra placeholder', withDays({ two: '{days}' }), 'deep.days has {days}, which the English text does not have'],
  [
    'a missing plural form',
    { ...ARABIC, deep: { ...ARABIC.deep, days: { other: '{count}' } } },
    'deep.days lacks the plural form "few"',
  ],
  ['a form for many numbers without its number', withDays({ few: 'أيام' }), 'deep.days lacks {count}'],
  [
    'a text in place of plural forms',
    { ...ARABIC, deep: { ...ARABIC.deep, days: '{count}' } },
    'deep.days needs plural forms',
  ],
  ['plural forms in place of a text', { ...ARABIC, hello: { other: '{name}' } }, 'hello has plural forms'],
])('%s', (_title, arabic, finding) => {
  expect(check(arabic).join('\n')).toContain(`a/ar.json: ${finding}`);
});
