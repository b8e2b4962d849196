/**
 * The console's texts: one JSON file for each language in a folder `texts/`, beside the code that shows them. English is in the code's chunk;
 * another language is fetched when the chunk is loaded. There is English only so far.
 */

import { readOptional } from '@payment-passkeys/protocol/browser-objects';
import {
  type CountName,
  choosePluralForm,
  directionOf,
  fillText,
  htmlLanguage,
  lookUpLanguage,
  type PluralForms,
  type TextName,
  type TextsLike,
} from '@payment-passkeys/protocol/texts';

/** The languages with a file in every folder `texts/`, English first. */
const LANGUAGES: readonly string[] = ['en'];

/** BCP 47: the first wish of the browser that the console has, else English. */
export const LANGUAGE: string =
  lookUpLanguage(readOptional(() => navigator.languages.map(String)) ?? [], LANGUAGES) ?? 'en';

/** For `<html>`. */
export const DOCUMENT_LANGUAGE = { lang: htmlLanguage(LANGUAGE), dir: directionOf(LANGUAGE) } as const;

type Values = Readonly<Record<string, string | number>>;

/** The texts of one folder. */
export interface Catalogue<English> {
  /** The text with its placeholders filled in. A number is written as the language writes it. */
  say(name: TextName<English>, values?: Values): string;
  /** The plural form for `count`, which also fills in `{count}`. */
  sayCount(name: CountName<English>, count: number, values?: Values): string;
  /** The text of a name that came from outside, such as an error's code; undefined if there is none. */
  find(name: string): string | undefined;
}

/**
 * Opens the texts of one folder, in English if the language's file cannot be loaded.
 *
 * @param files the other languages: `import.meta.glob(['./texts/*.json', '!./texts/en.json'], { import: 'default' })`.
 */
export async function openCatalogue<English extends object>(
  english: English,
  files: Readonly<Record<string, () => Promise<TextsLike<English>>>>,
): Promise<Catalogue<English>> {
  const load = files[`./texts/${LANGUAGE}.json`];
  const texts = (await load?.().catch(() => undefined)) ?? english;
  const read = texts as Readonly<Record<PropertyKey, string | PluralForms>>; // the form of every file, which check-languages checks
  return {
    say: (name, values = {}) => fill(String(read[name]), values),
    sayCount: (name, count, values = {}) =>
      fill(choosePluralForm(read[name] as PluralForms, count, LANGUAGE), { ...values, count }), // the type of `name` says so
    find: (name) => (Object.hasOwn(read, name) ? String(read[name]) : undefined),
  };
}

function fill(text: string, values: Values): string {
  const texts = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'number' ? formatNumber(value) : value,
  ]);
  return fillText(text, Object.fromEntries(texts));
}

export function formatNumber(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(LANGUAGE, options).format(value);
}

/** A share of 1 as per cent, with one digit below 10 %. */
export function formatShare(share: number): string {
  const digits = share !== 0 && share < 0.1 ? 1 : 0;
  return formatNumber(share, { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Seconds with one digit, or milliseconds below one second. */
export function formatDuration(milliseconds: number): string {
  return milliseconds < 1000
    ? formatNumber(Math.round(milliseconds), { style: 'unit', unit: 'millisecond', unitDisplay: 'narrow' })
    : formatNumber(milliseconds / 1000, {
        style: 'unit',
        unit: 'second',
        unitDisplay: 'narrow',
        maximumFractionDigits: 1,
      });
}
