/** A website's languages: a JSON file of texts for each, and its formats of numbers, amounts, dates and lists. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  type CountName,
  choosePluralForm,
  directionOf,
  fillText,
  formatAmount,
  htmlLanguage,
  lookUpLanguage,
  type PluralForms,
  type TextName,
  type TextsLike,
} from '@payment-passkeys/protocol/texts';
import { html } from 'ghtml';
import { readAcceptedLanguages } from './accept-language.ts';
import type { LanguageWishes } from './choice.ts';

type Values = Readonly<Record<string, string>>;

/** `English` is the type of the site's English texts. */
export interface Language<English> {
  /** The name of the file. */
  readonly tag: string;
  /** For `<html lang>`. */
  readonly htmlTag: string;
  /** The language's own name: `Español`. */
  readonly name: string;
  readonly direction: 'ltr' | 'rtl';
  /** Whether there is a text of this name without plural forms. */
  has(name: string): name is TextName<English> & string;
  /** Plain text that must be escaped. Each value is in a Unicode isolate, so that it keeps its own direction. */
  text(name: TextName<English>, values?: Values): string;
  /** HTML. `values` are HTML; each gets a `<bdi>`. */
  html(name: TextName<English>, values: Values): string;
  /** Plain text that must be escaped, in the plural form for `count`. */
  count(name: CountName<English>, count: number): string;
  /** `amount` is a decimal with the currency's digits. */
  money(amount: string, currency: string): string;
  number(value: number): string;
  /** The day in UTC. */
  day(date: Date): string;
  /** Day and time in UTC, with the name of the time zone. */
  moment(date: Date): string;
  /** "in 25 minutes". */
  inMinutes(minutes: number): string;
}

export interface Languages<English> {
  /** Sorted by their tags. */
  readonly all: readonly Language<English>[];
  readonly english: Language<English>;
  find(tag: string): Language<English> | undefined;
  /** The user's own choice, otherwise the browser's most preferred language that the site has, otherwise English. */
  choose(wishes: LanguageWishes): Language<English>;
  /**
   * The user's locale for other services, such as the network: the choice on this site, with the browser's region for it (`pt-BR`). Without
   * a choice, the browser's most preferred language, even if the site does not have it. Undefined if there is neither.
   */
  chooseLocale(wishes: LanguageWishes): string | undefined;
}

/**
 * Reads every file of `folder`, once. Each is named by its tag (`de.json`) and has the texts of `en.json`, `name` among them;
 * scripts/check-languages.mjs checks that.
 */
export function openLanguages<English extends { readonly name: string }>(folder: URL): Languages<English> {
  const all = readdirSync(folder)
    .toSorted()
    .map((file) => {
      const texts: TextsLike<English> = JSON.parse(readFileSync(new URL(file, folder), 'utf8')); // scripts/check-languages.mjs checks it
      return buildLanguage<English>(basename(file, '.json'), texts);
    });
  const byTag = new Map(all.map((language) => [language.tag, language]));
  const english = byTag.get('en');
  if (english === undefined) throw new Error(`${folder} has no en.json.`);
  const find = (tag: string) => byTag.get(tag);
  const tags = [...byTag.keys()];
  return {
    all,
    english,
    find,
    choose: ({ chosen = '', accepted }) =>
      find(chosen) ?? find(lookUpLanguage(readAcceptedLanguages(accepted), tags) ?? 'en') ?? english,
    chooseLocale({ chosen, accepted }) {
      const wanted = readAcceptedLanguages(accepted);
      if (chosen === undefined || !byTag.has(chosen)) return wanted[0];
      return wanted.find((tag) => lookUpLanguage([tag], [chosen]) !== undefined) ?? chosen;
    },
  };
}

function buildLanguage<English extends { readonly name: string }>(
  tag: string,
  texts: TextsLike<English>,
): Language<English> {
  // Latin digits in every language: people compare them with their card, a code, the network's page and the browser's own dialog.
  const locale = `${tag}-u-nu-latn`;
  const numbers = new Intl.NumberFormat(locale);
  const day = { year: 'numeric', month: 'long', day: 'numeric', timeZone: 'UTC' } as const;
  const days = new Intl.DateTimeFormat(locale, day);
  const time = { hour: 'numeric', minute: '2-digit', timeZoneName: 'short' } as const;
  const moments = new Intl.DateTimeFormat(locale, { ...day, ...time });
  const waits = new Intl.RelativeTimeFormat(locale, { numeric: 'always' });
  const text = (name: TextName<English>) => texts[name] as string; // TextName leaves out the texts with plural forms
  return {
    tag,
    htmlTag: htmlLanguage(tag),
    name: text('name' as TextName<English>),
    direction: directionOf(tag),
    has: (name): name is TextName<English> & string =>
      Object.hasOwn(texts, name) && typeof texts[name as keyof English] === 'string',
    text: (name, values = {}) => fillText(text(name), mapValues(values, isolate)),
    html: (name, values) =>
      fillText(
        html`${text(name)}`,
        mapValues(values, (value) => `<bdi>${value}</bdi>`),
      ),
    count: (name, count) => {
      const forms = texts[name] as PluralForms; // CountName has no others
      return fillText(choosePluralForm(forms, count, tag), { count: isolate(numbers.format(count)) });
    },
    money: (amount, currency) => formatAmount({ amount, currency }, locale),
    number: (value) => numbers.format(value),
    day: (date) => days.format(date),
    moment: (date) => moments.format(date),
    inMinutes: (minutes) => waits.format(minutes, 'minute'),
  };
}

function mapValues(values: Values, map: (value: string) => string): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}

/**
 * A value with a letter gets the direction of its first letter; a value without one, such as a number, is left to right (UAX #9 §2.4.2).
 */
function isolate(text: string): string {
  return `${/\p{L}/u.test(text) ? '\u2068' : '\u2066'}${text}\u2069`;
}
