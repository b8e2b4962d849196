/** Language tags (BCP 47, RFC 5646): where the language matters, and where a tag is only a hint. */
import Type from 'typebox';

/**
 * The grammar of RFC 5646 §2.1, for the languages of two or three letters: the registry has no longer ones. Not tags of private use alone, nor the
 * irregular ones of before 2009, such as `i-klingon`.
 */
const LANGUAGE = '([A-Za-z]{2,3})(?:-[A-Za-z]{3}){0,3}';
const SCRIPT = '(?:-([A-Za-z]{4}))?';
const REGION = '(?:-([A-Za-z]{2}|[0-9]{3}))?';
const VARIANTS = '(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*';
const EXTENSIONS = '(?:-[0-9A-WYZa-wyz](?:-[A-Za-z0-9]{2,8})+)*(?:-[Xx](?:-[A-Za-z0-9]{1,8})+)?';
const WELL_FORMED = `^${LANGUAGE}${SCRIPT}${REGION}${VARIANTS}${EXTENSIONS}$`;
const MAX_LENGTH = 100;

/** A well-formed tag, such as `en`, `pt-BR` or `th-TH-u-nu-thai`, where the language matters: what is not one is an error. */
export const LanguageTag = Type.String({ pattern: WELL_FORMED, maxLength: MAX_LENGTH });

/** A tag that is only a hint: anything is taken, and {@link readLocale} makes of it what it can. A hint never refuses a call. */
export const LocaleHint = Type.Unknown({
  description: 'A BCP 47 language tag, cut to language, script and region; anything else is ignored.',
});

/** The member of a message: nothing where the hint is none. */
export function localeField(hint: unknown): { readonly locale?: string } {
  const locale = readLocale(hint);
  return locale === undefined ? {} : { locale };
}

const wellFormed = new RegExp(WELL_FORMED);

/** `language[-Script][-REGION]` of a well-formed tag, without variants and extensions, in the letter case of RFC 5646 §2.1.1. Else undefined. */
export function readLocale(hint: unknown): string | undefined {
  if (typeof hint !== 'string' || hint.length > MAX_LENGTH) return undefined;
  const [, language, script, region] = wellFormed.exec(hint) ?? [];
  if (language === undefined) return undefined;
  const titled = script && script.slice(0, 1).toUpperCase() + script.slice(1).toLowerCase();
  return [language.toLowerCase(), titled, region?.toUpperCase()].filter(Boolean).join('-');
}
