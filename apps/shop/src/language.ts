/** The shop's languages: what it says in each, and how it writes amounts, numbers, dates and waiting times. */
import { type LanguageWishes, primaryLanguageOf, readAcceptedLanguages } from '@payment-passkeys/web';
import ar from './texts/ar.json' with { type: 'json' };
import de from './texts/de.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };
import es from './texts/es.json' with { type: 'json' };
import fr from './texts/fr.json' with { type: 'json' };
import hi from './texts/hi.json' with { type: 'json' };
import id from './texts/id.json' with { type: 'json' };
import ja from './texts/ja.json' with { type: 'json' };
import pt from './texts/pt.json' with { type: 'json' };
import zh from './texts/zh.json' with { type: 'json' };

export type TextName = keyof typeof en;

type Texts = Readonly<Record<TextName, string>>;

/** By the tag that a shopper chooses, with the language's own name: those of the network's page. */
const LANGUAGE_TEXTS: readonly (readonly [tag: string, name: string, texts: Texts])[] = [
  ['ar', 'العربية', ar],
  ['de', 'Deutsch', de],
  ['en', 'English', en],
  ['es', 'Español', es],
  ['fr', 'Français', fr],
  ['hi', 'हिन्दी', hi],
  ['id', 'Bahasa Indonesia', id],
  ['ja', '日本語', ja],
  ['pt', 'Português', pt],
  ['zh', '中文', zh],
];

export const LANGUAGES: readonly (readonly [tag: string, name: string])[] = LANGUAGE_TEXTS.map(([tag, name]) => [
  tag,
  name,
]);

export interface Language {
  readonly tag: string;
  /** For `<html lang>`. */
  readonly htmlTag: string;
  readonly direction: 'ltr' | 'rtl';
  /** Not HTML yet; values stand in isolates, so that they keep their own direction. */
  say(name: TextName, values?: Readonly<Record<string, string>>): string;
  /** `amount` is a decimal of the currency's digits. */
  money(amount: string, currency: string): string;
  number(value: number): string;
  day(date: Date): string;
  /** "in 25 minutes". */
  inMinutes(minutes: number): string;
}

const LANGUAGE_BY_TAG: ReadonlyMap<string, Language> = new Map(
  LANGUAGE_TEXTS.map(([tag, , texts]) => [tag, buildLanguage(tag, texts)]),
);
const ENGLISH = buildLanguage('en', en);

/** By the shopper's own choice, else the most wanted language of the browser that the shop speaks, else English. */
export function chooseLanguage({ chosen, accepted }: LanguageWishes): Language {
  const wanted = [chosen ?? '', ...readAcceptedLanguages(accepted).map(primaryLanguageOf)];
  const found = wanted.map((tag) => LANGUAGE_BY_TAG.get(tag)).find((language) => language !== undefined);
  return found ?? ENGLISH;
}

/**
 * What to tell the network of the shopper's language: the browser's most wanted one, whether the shop speaks it or not; after a choice here,
 * the chosen one, as the browser has it (`pt-BR`). Undefined where neither says anything: then the network's page asks the browser itself.
 */
export function chooseLocale({ chosen, accepted }: LanguageWishes): string | undefined {
  const wanted = readAcceptedLanguages(accepted);
  if (chosen === undefined || !isLanguage(chosen)) return wanted[0];
  return wanted.find((tag) => primaryLanguageOf(tag) === chosen) ?? chosen;
}

export function isLanguage(tag: string): boolean {
  return LANGUAGE_BY_TAG.has(tag);
}

function buildLanguage(tag: string, texts: Texts): Language {
  // Latin digits everywhere: what the network's page and the browser's own dialog show is compared with it.
  const locale = `${tag}-u-nu-latn`;
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  const numbers = new Intl.NumberFormat(locale);
  const waits = new Intl.RelativeTimeFormat(locale, { numeric: 'always' });
  return {
    tag,
    htmlTag: tag === 'zh' ? 'zh-Hans' : tag,
    direction: tag === 'ar' ? 'rtl' : 'ltr',
    say: (name, values = {}) => texts[name].replace(/\{(\w+)\}/g, (_, key: string) => isolate(values[key] ?? '')),
    money: (amount, currency) => formatMoney(amount, currency, locale),
    number: (value) => numbers.format(value),
    day: (date) => days.format(date),
    inMinutes: (minutes) => waits.format(minutes, 'minute'),
  };
}

/** With the digits that the amount itself has: CLDR thinks of some currencies' digits otherwise than ISO 4217. */
function formatMoney(amount: string, currency: string, locale: string): string {
  const digits = amount.split('.')[1]?.length ?? 0;
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  // As text, so that no amount passes through a float.
  return isolateCurrency(format.format(amount as Intl.StringNumericLiteral));
}

/** Right to left, the sign of `US$` would be drawn before its letters: `$US`. CLDR begins such an amount with a right-to-left mark. */
function isolateCurrency(text: string): string {
  return text.startsWith('\u200f') ? text.replace(/[A-Z]+\p{Sc}/u, '\u2066$&\u2069') : text;
}

/** Names by their first letter; what has no letter, as a number, from left to right (UAX #9 §2.4.2). */
function isolate(text: string): string {
  return `${/\p{L}/u.test(text) ? '\u2068' : '\u2066'}${text}\u2069`;
}
