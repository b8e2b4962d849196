/** The bank's languages. Its texts are in `texts/`, one file for each language. */
import { openLanguages, type Language as SiteLanguage, type TextName as SiteTextName } from '@payment-passkeys/web';
import { html } from 'ghtml';
import type english from './texts/en.json';

type English = typeof english;
export type Language = SiteLanguage<English>;
export type TextName = SiteTextName<English>;

export const {
  all: LANGUAGES,
  english: ENGLISH,
  find: findLanguage,
  choose: chooseLanguage,
} = openLanguages<English>(new URL('./texts/', import.meta.url));

/** Joins pieces of HTML with the language's separator. */
export function joinList(items: readonly string[], language: Language): string {
  return items.join(html`${language.text('separator')}`);
}
