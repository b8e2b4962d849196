/** The shop's languages. Its texts are in `texts/`, one file for each language. */
import { openLanguages, type Language as SiteLanguage, type TextName as SiteTextName } from '@payment-passkeys/web';
import type english from './texts/en.json';

type English = typeof english;
export type Language = SiteLanguage<English>;
export type TextName = SiteTextName<English>;

export const {
  all: LANGUAGES,
  find: findLanguage,
  choose: chooseLanguage,
  chooseLocale,
} = openLanguages<English>(new URL('./texts/', import.meta.url));
