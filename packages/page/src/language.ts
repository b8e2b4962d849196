/** Which language the page speaks, and its words. English comes with the page; the others are fetched when they are spoken. */
import english from './messages/en.ts';
import type { Messages } from './messages/messages.ts';

export interface Language {
  /** BCP 47, for `<html lang>`. */
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
  readonly messages: Messages;
}

export const ENGLISH: Language = { tag: 'en', direction: 'ltr', messages: english };

/** By primary subtag. */
const LOADERS: Readonly<Record<string, () => Promise<{ readonly default: Messages }>>> = {
  ar: () => import('./messages/ar.ts'),
  de: () => import('./messages/de.ts'),
  es: () => import('./messages/es.ts'),
  fr: () => import('./messages/fr.ts'),
  hi: () => import('./messages/hi.ts'),
  id: () => import('./messages/id.ts'),
  ja: () => import('./messages/ja.ts'),
  pt: () => import('./messages/pt.ts'),
  zh: () => import('./messages/zh.ts'),
};

/** What the page speaks, English first. */
export const LANGUAGES: readonly string[] = ['en', ...Object.keys(LOADERS)];

/** The first wish that the page speaks, as a primary subtag; English where there is none. Each wish is a BCP 47 tag, in any case. */
export function chooseLanguage(wishes: readonly string[]): string {
  const subtags = wishes.map((wish) => (wish.split(/[-_]/)[0] ?? '').toLowerCase());
  return subtags.find((subtag) => LANGUAGES.includes(subtag)) ?? 'en';
}

/** English stands in where the words of a language do not arrive. */
export async function loadLanguage(chosen: string): Promise<Language> {
  const load = LOADERS[chosen];
  if (!load) return ENGLISH;
  try {
    const { default: messages } = await load();
    return { tag: chosen === 'zh' ? 'zh-Hans' : chosen, direction: chosen === 'ar' ? 'rtl' : 'ltr', messages };
  } catch {
    return ENGLISH;
  }
}

/** A message in pieces: `[text, placeholder, text, …]`, so that a view can put markup where the placeholder stands. */
export function pieces(message: string): readonly string[] {
  return message.split(/\{(\w+)\}/);
}

/** A message as plain text. A placeholder without a value stays as it is. */
export function fill(message: string, values: Readonly<Record<string, string>>): string {
  return message.replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder);
}
