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

/** In the order in which people look a name up: Shop 2 before Shop 10. */
export function byName<Named extends { readonly name: string }>(items: readonly Named[]): readonly Named[] {
  const { compare } = new Intl.Collator(LANGUAGE, { numeric: true, sensitivity: 'base' });
  return items.toSorted((a, b) => compare(a.name, b.name));
}

const SMALLEST_SHARE = 0.001;

/** A share of 1 as per cent, with one digit below 10 %. Only zero is shown as 0 %. */
export function formatShare(share: number): string {
  if (share > 0 && share < SMALLEST_SHARE / 2) return `<${formatShare(SMALLEST_SHARE)}`;
  const digits = share !== 0 && share < 0.1 ? 1 : 0;
  return formatNumber(share, { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Milliseconds below one second, then seconds with one digit; minutes and seconds from one minute on, hours and minutes from one hour on. */
export function formatDuration(milliseconds: number): string {
  const unit = (value: number, unit: string, maximumFractionDigits = 0) =>
    formatNumber(value, { style: 'unit', unit, unitDisplay: 'narrow', maximumFractionDigits });
  const pair = (whole: number, [large, small]: readonly [string, string]) => {
    const rest = whole % 60;
    return [unit(Math.floor(whole / 60), large), ...(rest === 0 ? [] : [unit(rest, small)])].join(' ');
  };
  const seconds = Math.round(milliseconds / 1000);
  if (milliseconds < 999.5) return unit(milliseconds, 'millisecond');
  if (milliseconds < 59_950) return unit(milliseconds / 1000, 'second', 1);
  return seconds < 3600 ? pair(seconds, ['minute', 'second']) : pair(Math.round(seconds / 60), ['hour', 'minute']);
}
