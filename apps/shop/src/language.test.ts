import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chooseLanguage, chooseLocale, LANGUAGES } from './language.ts';

/** The texts of each language, read from their JSON files without types. */
const TEXTS = new URL('./texts/', import.meta.url);
const readTexts = (tag: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(new URL(`${tag}.json`, TEXTS), 'utf8'));
const ENGLISH = readTexts('en');
const TAGS = LANGUAGES.map(({ tag }) => tag);
const OTHERS = TAGS.filter((tag) => tag !== 'en');

const placeholdersOf = (text = '') => (text.match(/\{\w+\}/g) ?? []).sort();
const plain = (text: string) =>
  text.replaceAll(/[\u00a0\u202f]/g, ' ').replaceAll(/[\u200e\u200f\u061c\u2066-\u2069]/g, '');

describe('the texts', () => {
  test('are there in the ten languages of the network’s page, and each file is spoken', () => {
    expect(TAGS).toEqual(expect.arrayContaining(['ar', 'de', 'en', 'es', 'fr', 'hi', 'id', 'ja', 'pt', 'zh']));
    expect(readdirSync(TEXTS).sort()).toEqual(TAGS.map((tag) => `${tag}.json`).sort());
  });

  test.each(OTHERS)(
    'nothing is missing in %s, nothing is left over, and each has the placeholders of the English text',
    (tag) => {
      const texts = readTexts(tag);
      expect(Object.keys(ENGLISH).filter((name) => !texts[name]?.trim())).toEqual([]);
      expect(Object.keys(texts).filter((name) => !(name in ENGLISH))).toEqual([]);
      for (const [name, english] of Object.entries(ENGLISH)) {
        expect(placeholdersOf(texts[name]), name).toEqual(placeholdersOf(english));
      }
    },
  );

  /** Words that are the same in a language as in English. */
  const SAME: Readonly<Record<string, readonly string[]>> = { de: ['demoHeading'], es: ['total'] };
  test.each(OTHERS)('%s is not English left standing', (tag) => {
    const texts = readTexts(tag);
    const same = Object.keys(ENGLISH).filter((name) => texts[name] === ENGLISH[name]);
    expect(same.filter((name) => !SAME[tag]?.includes(name))).toEqual([]);
  });
});

describe('the language', () => {
  test.each([
    [undefined, 'fr-CA,en;q=0.5', 'fr'],
    [undefined, 'qaa, ja;q=0.8, fr;q=0.9', 'fr'],
    [undefined, 'en;q=0, de', 'de'],
    [undefined, 'qaa', 'en'],
    [undefined, '*', 'en'],
    [undefined, undefined, 'en'],
    [undefined, 'zh-Hant-TW', 'zh'],
    [undefined, 'in', 'id'],
    ['ja', 'fr', 'ja'],
    ['tlh', 'fr', 'fr'],
    ['constructor', 'fr-', 'en'],
  ])('of the choice %s and the header %s is %s', (chosen, accepted, expected) => {
    expect(chooseLanguage({ chosen, accepted }).tag).toBe(expected);
  });

  test('is written from right to left in Arabic alone', () => {
    const directions = TAGS.map((tag) => [tag, chooseLanguage({ chosen: tag, accepted: undefined }).direction]);
    expect(directions.filter(([, direction]) => direction === 'rtl')).toEqual([['ar', 'rtl']]);
  });
});

describe('what the network is told of the language', () => {
  test.each([
    ['the browser’s own first, though the shop does not speak it', undefined, 'nl-NL,fr;q=0.9', 'nl-NL'],
    ['by weight, not by place', undefined, 'fr;q=0.5, pt-BR', 'pt-BR'],
    ['extensions are cut', undefined, 'th-TH-u-nu-thai-x-lvariant-TH', 'th-TH'],
    ['what is no tag is left out', undefined, 'i-do-not-know, es-MX', 'es-MX'],
    ['the shopper’s choice', 'ja', 'fr-FR', 'ja'],
    ['the choice as the browser has it', 'pt', 'fr, pt-BR;q=0.5', 'pt-BR'],
    ['a choice that the shop does not have is none', 'tlh', 'fr-FR', 'fr-FR'],
    ['nothing where the browser says nothing', undefined, undefined, undefined],
    ['nothing where any would do', undefined, '*', undefined],
  ])('%s', (_title, chosen, accepted, expected) => {
    expect(chooseLocale({ chosen, accepted })).toBe(expected);
  });
});

describe('amounts, numbers and waits', () => {
  const speak = (tag: string) => chooseLanguage({ chosen: tag, accepted: undefined });

  test.each([
    ['en', '18.00', 'USD', '$18.00'],
    ['de', '1234.50', 'USD', '1.234,50 $'],
    ['fr', '1234.50', 'EUR', '1 234,50 €'],
    ['ja', '1234', 'JPY', '￥1,234'],
    // In CLDR the forint has no decimal digits; in ISO 4217 it has two.
    ['en', '12.34', 'HUF', 'HUF 12.34'],
  ])('in %s, %s %s is %s', (tag, amount, currency, expected) => {
    expect(plain(speak(tag).money(amount, currency))).toBe(expected);
  });

  test('the letters and the sign of a currency stay together from right to left', () => {
    expect(speak('ar').money('18.00', 'USD')).toBe('\u200f18.00\u00a0\u2066US$\u2069');
  });

  test('a wait is said in the plural of each language', () => {
    const waits = [
      ['ar', 'خلال 25 دقيقة', 'خلال دقيقة واحدة'],
      ['de', 'in 25 Minuten', 'in 1 Minute'],
      ['en', 'in 25 minutes', 'in 1 minute'],
      ['es', 'dentro de 25 minutos', 'dentro de 1 minuto'],
      ['fr', 'dans 25 minutes', 'dans 1 minute'],
      ['hi', '25 मिनट में', '1 मिनट में'],
      ['id', 'dalam 25 menit', 'dalam 1 menit'],
      ['ja', '25 分後', '1 分後'],
      ['pt', 'em 25 minutos', 'em 1 minuto'],
      ['zh', '25分钟后', '1分钟后'],
    ] as const;
    expect(waits.map(([tag]) => [tag, plain(speak(tag).inMinutes(25)), plain(speak(tag).inMinutes(1))])).toEqual(waits);
  });
});
