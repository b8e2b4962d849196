/** The bank's languages: what it says in each, and how it writes numbers, dates and lists. One file of texts a language. */
import { type LanguageWishes, primaryLanguageOf, readAcceptedLanguages } from '@payment-passkeys/web';
import { html } from 'ghtml';
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

type English = typeof en;
/** Texts that count something: one form for each plural category of the language (Intl.PluralRules), with `{count}` in it. */
export type CountName = { [Name in keyof English]: English[Name] extends string ? never : Name }[keyof English];
export type TextName = Exclude<keyof English, CountName>;
type PluralForms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string };
type Texts = Readonly<Record<TextName, string>> & Readonly<Record<CountName, PluralForms>>;

const TEXTS: Readonly<Record<string, Texts>> = { en, es, pt, fr, de, ja, zh, ar, hi, id };

export interface Language {
  readonly tag: string;
  /** By its own name. */
  readonly name: string;
  readonly direction: 'ltr' | 'rtl';
  /** Not HTML yet; values stand in isolates, so that they keep their own direction. */
  say(name: TextName, values?: Readonly<Record<string, string>>): string;
  /** HTML: the text is escaped, the values are HTML already. */
  html(name: TextName, values: Readonly<Record<string, string>>): string;
  /** In the plural form for `count`. Not HTML yet. */
  count(name: CountName, count: number): string;
  /** In UTC. */
  day(date: Date): string;
  /** Day and time, in UTC, and it says so. */
  moment(date: Date): string;
  /** HTML of HTML: one after the other. */
  list(items: readonly string[]): string;
}

const LANGUAGE_BY_TAG: ReadonlyMap<string, Language> = new Map(
  Object.entries(TEXTS).map(([tag, texts]) => [tag, buildLanguage(tag, texts)]),
);
/** In the order in which they are offered. */
export const LANGUAGES: readonly Language[] = [...LANGUAGE_BY_TAG.values()];
export const ENGLISH: Language = buildLanguage('en', en);

export function findLanguage(tag: string): Language | undefined {
  return LANGUAGE_BY_TAG.get(tag);
}

/** By the customer's own choice, else the most wanted language of the browser that the bank speaks, else English. */
export function chooseLanguage({ chosen, accepted }: LanguageWishes): Language {
  const wanted = [chosen ?? '', ...readAcceptedLanguages(accepted).map(primaryLanguageOf)];
  return wanted.map(findLanguage).find((language) => language !== undefined) ?? ENGLISH;
}

function buildLanguage(tag: string, texts: Texts): Language {
  // Latin digits everywhere: what a card, a code and the network's page show is compared with it.
  const locale = `${tag}-u-nu-latn`;
  const numbers = new Intl.NumberFormat(locale);
  const plurals = new Intl.PluralRules(tag);
  const day = { year: 'numeric', month: 'long', day: 'numeric', timeZone: 'UTC' } as const;
  const days = new Intl.DateTimeFormat(locale, day);
  const time = { hour: 'numeric', minute: '2-digit', timeZoneName: 'short' } as const;
  const moments = new Intl.DateTimeFormat(locale, { ...day, ...time });
  return {
    tag,
    name: texts.name,
    direction: tag === 'ar' ? 'rtl' : 'ltr',
    say: (name, values = {}) => fill(texts[name], (key) => isolate(values[key] ?? '')),
    html: (name, values) => fill(html`${texts[name]}`, (key) => `<bdi>${values[key] ?? ''}</bdi>`),
    count: (name, count) => {
      const forms: PluralForms = texts[name];
      return fill(forms[plurals.select(count)] ?? forms.other, () => isolate(numbers.format(count)));
    },
    day: (date) => days.format(date),
    moment: (date) => moments.format(date),
    list: (items) => items.join(html`${texts.separator}`),
  };
}

function fill(text: string, find: (name: string) => string): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => find(name));
}

/** Names by their first letter; what has no letter, as a number, from left to right (UAX #9 §2.4.2). */
function isolate(text: string): string {
  return `${/\p{L}/u.test(text) ? '\u2068' : '\u2066'}${text}\u2069`;
}
