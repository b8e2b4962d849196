/** The shop's languages: what it says in each, and how it writes amounts and dates. */
import ar from './texts/ar.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };
import es from './texts/es.json' with { type: 'json' };

export type TextName = keyof typeof en;

const TEXTS: Readonly<Record<string, Readonly<Record<TextName, string>>>> = { en, es, ar };
/** By their own names. */
export const LANGUAGES: readonly (readonly [tag: string, name: string])[] = [
  ['en', 'English'],
  ['es', 'Español'],
  ['ar', 'العربية'],
];

export interface Language {
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
  /** Not HTML yet; values stand in isolates, so that they keep their own direction. */
  say(name: TextName, values?: Readonly<Record<string, string>>): string;
  /** `amount` is a decimal of the currency's digits. */
  money(amount: string, currency: string): string;
  day(date: Date): string;
}

const LANGUAGE_BY_TAG: ReadonlyMap<string, Language> = new Map(LANGUAGES.map(([tag]) => [tag, buildLanguage(tag)]));

/** By the shopper's own choice, else as the browser asks (Accept-Language, in the order that browsers write), else English. */
export function chooseLanguage({
  chosen,
  accepted = '',
}: {
  readonly chosen: string | undefined;
  readonly accepted: string | undefined;
}): Language {
  const wanted = [chosen ?? '', ...accepted.split(',').map((each) => each.trim().slice(0, 2).toLowerCase())];
  const found = wanted.map((tag) => LANGUAGE_BY_TAG.get(tag)).find((language) => language !== undefined);
  return found ?? buildLanguage('en');
}

export function isLanguage(tag: string): boolean {
  return LANGUAGE_BY_TAG.has(tag);
}

function buildLanguage(tag: string): Language {
  const texts = TEXTS[tag] ?? en;
  // Latin digits everywhere: what the network's page and the browser's own dialog show is compared with it.
  const locale = `${tag}-u-nu-latn`;
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  return {
    tag,
    direction: tag === 'ar' ? 'rtl' : 'ltr',
    say: (name, values = {}) => texts[name].replace(/\{(\w+)\}/g, (_, key: string) => isolate(values[key] ?? '')),
    money: (amount, currency) =>
      // As text, so that no amount passes through a float.
      new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount as Intl.StringNumericLiteral),
    day: (date) => days.format(date),
  };
}

/** Names by their first letter; what has no letter, as a number, from left to right (UAX #9 §2.4.2). */
function isolate(text: string): string {
  return `${/\p{L}/u.test(text) ? '\u2068' : '\u2066'}${text}\u2069`;
}
