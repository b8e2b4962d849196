/**
 * The language of the cardholder's own page, and its texts: the section `manage` of each file in `../texts/`. English is in the page; the others
 * are fetched when chosen. A copy of `../language.ts` with another section: shared code would make the hosted page larger.
 */
import {
  directionOf,
  type TextName as EnglishTextName,
  htmlLanguage,
  lookUpLanguage,
  type TextsLike,
} from '@payment-passkeys/protocol/texts';
import texts from '../texts/en.json' with { type: 'json' };

const english = texts.manage;

export type Messages = TextsLike<typeof english>;
export type TextName = EnglishTextName<typeof english>;

export interface Language {
  /** BCP 47, for `<html lang>`. */
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
  readonly messages: Messages;
}

export const ENGLISH: Language = { tag: 'en', direction: 'ltr', messages: english };

/** The texts by file name. The build makes a chunk for each file, with this page's section only. */
const FILES = import.meta.glob<Messages>(['../texts/*.json', '!../texts/en.json'], { import: 'manage' });

/** The page's languages, English first. */
export const LANGUAGES: readonly string[] = ['en', ...Object.keys(FILES).map((name) => name.slice(9, -5))];

/** The first wish that the page has, otherwise English. Each wish is a BCP 47 tag, in any letter case. */
export function chooseLanguage(wishes: readonly string[]): string {
  return lookUpLanguage(wishes, LANGUAGES) ?? 'en';
}

/** English if the page does not have the language, or its texts cannot be loaded. */
export async function loadLanguage(chosen: string): Promise<Language> {
  try {
    const messages = await FILES[`../texts/${chosen}.json`]?.();
    return messages ? { tag: htmlLanguage(chosen), direction: directionOf(chosen), messages } : ENGLISH;
  } catch {
    return ENGLISH;
  }
}
