import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chooseLanguage, LANGUAGES } from './language.ts';
import { openBankCatalogue } from './passkeys/catalogue.ts';

/** The texts of each language, read from their JSON files without types. */
const FOLDER = new URL('./texts/', import.meta.url);
type Text = string | Readonly<Record<string, string>>;
const readTexts = (tag: string): Readonly<Record<string, Text>> =>
  JSON.parse(readFileSync(new URL(`${tag}.json`, FOLDER), 'utf8'));
const ENGLISH = readTexts('en');
const TAGS = LANGUAGES.map(({ tag }) => tag);

const formsOf = (text: Text = ''): readonly string[] => (typeof text === 'string' ? [text] : Object.values(text));
const placeholdersOf = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
/** The plural categories of the numbers that occur: minutes and months. */
const categoriesOf = (tag: string) => {
  const rules = new Intl.PluralRules(tag);
  return [...new Set(Array.from({ length: 60 }, (_, at) => rules.select(at + 1)))].sort();
};

test('the bank speaks the ten languages of the network, and each file is spoken', () => {
  expect(TAGS).toEqual(expect.arrayContaining(['ar', 'de', 'en', 'es', 'fr', 'hi', 'id', 'ja', 'pt', 'zh']));
  expect(readdirSync(FOLDER).sort()).toEqual([...TAGS].sort().map((tag) => `${tag}.json`));
});

test('they are those of the consent catalogue, by the same directions', () => {
  const { languages } = openBankCatalogue('https://bank.example').index;
  expect(Object.fromEntries(LANGUAGES.map(({ tag, direction }) => [tag, direction]))).toEqual(
    Object.fromEntries(Object.entries(languages).map(([tag, { direction }]) => [tag, direction])),
  );
});

describe.each(TAGS)('the texts in %s', (tag) => {
  const texts = readTexts(tag);

  test('lack nothing, and have nothing that English lacks', () => {
    const missing = Object.keys(ENGLISH).filter((name) => formsOf(texts[name]).some((form) => form.trim() === ''));
    expect(missing).toEqual([]);
    expect(Object.keys(texts).filter((name) => !Object.hasOwn(ENGLISH, name))).toEqual([]);
  });

  test('count in every plural form of the language', () => {
    for (const [name, english] of Object.entries(ENGLISH)) {
      const text = texts[name];
      expect(typeof text, name).toBe(typeof english);
      if (typeof text === 'object') expect(Object.keys(text), name).toEqual(expect.arrayContaining(categoriesOf(tag)));
    }
  });

  test('have the placeholders of the English text', () => {
    for (const [name, english] of Object.entries(ENGLISH)) {
      const wanted = placeholdersOf(formsOf(english).join());
      for (const form of formsOf(texts[name])) {
        // In Arabic the forms for one and two contain no number.
        if (wanted[0] === '{count}' && !form.includes('{')) continue;
        expect(placeholdersOf(form), name).toEqual(wanted);
      }
    }
  });

  test('are not English left standing', () => {
    /** Words that are the same, and the separator of a list. */
    const same = ['separator', 'receipt.document', 'device.named', 'passkeys.active'];
    const standing = Object.keys(ENGLISH).filter(
      (name) => formsOf(texts[name]).join() === formsOf(ENGLISH[name]).join(),
    );
    expect(tag === 'en' ? [] : standing.filter((name) => !same.includes(name))).toEqual([]);
  });
});

test.each([
  [undefined, 'fr-CA,en;q=0.5', 'fr'],
  [undefined, 'qaa, ja;q=0.8, fr;q=0.9', 'fr'],
  [undefined, 'en;q=0, de', 'de'],
  [undefined, 'zh-Hant-TW', 'zh'],
  [undefined, '*', 'en'],
  [undefined, undefined, 'en'],
  ['ja', 'fr', 'ja'],
  ['tlh', 'fr', 'fr'],
  ['constructor', 'fr-', 'en'],
])('of the choice %s and the header %s the language is %s', (chosen, accepted, expected) => {
  expect(chooseLanguage({ chosen, accepted }).tag).toBe(expected);
});

test('a wait is said in the plural of the language, with Latin digits', () => {
  const ar = chooseLanguage({ chosen: 'ar', accepted: undefined });
  expect(ar.count('problem.manyText', 2)).toContain('دقيقتين');
  expect(ar.count('problem.manyText', 5)).toContain('\u20665\u2069 دقائق');
  expect(ar.day(new Date('2026-11-24T10:00:00Z'))).toBe('24 نوفمبر 2026');
});
