/** Language tags (BCP 47, RFC 5646): required ones, and hints that are never refused. */
import Type from 'typebox';

/**
 * The grammar of RFC 5646 §2.1, for languages of two or three letters: the registry has no longer ones. Tags that are private use only, and the
 * irregular tags from before 2009 such as `i-klingon`, are left out.
 */
const LANGUAGE = '([A-Za-z]{2,3})(?:-[A-Za-z]{3}){0,3}';
const SCRIPT = '(?:-([A-Za-z]{4}))?';
const REGION = '(?:-([A-Za-z]{2}|[0-9]{3}))?';
const VARIANTS = '(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*';
const EXTENSIONS = '(?:-[0-9A-WYZa-wyz](?:-[A-Za-z0-9]{2,8})+)*(?:-[Xx](?:-[A-Za-z0-9]{1,8})+)?';
const WELL_FORMED = `^${LANGUAGE}${SCRIPT}${REGION}${VARIANTS}${EXTENSIONS}$`;
const MAX_LENGTH = 100;

/** A well-formed tag of at most 100 characters: `en`, `pt-BR`, `th-TH-u-nu-thai`. */
export const LanguageTag = Type.String({ pattern: WELL_FORMED, maxLength: MAX_LENGTH });

/** A hint: every value is accepted, because a wrong hint must not refuse a call. {@link readLocale} reads it. */
export const LocaleHint = Type.Unknown({
  description: 'A BCP 47 language tag, cut to language, script and region; anything else is ignored.',
});

/** The `locale` member for a message; empty if the hint is not a tag. */
export function localeField(hint: unknown): { readonly locale?: string } {
  const locale = readLocale(hint);
  return locale === undefined ? {} : { locale };
}

const wellFormed = new RegExp(WELL_FORMED);

/** `language[-Script][-REGION]` of a well-formed tag, in the letter case of RFC 5646 §2.1.1. Undefined for everything else. Never throws. */
export function readLocale(hint: unknown): string | undefined {
  if (typeof hint !== 'string' || hint.length > MAX_LENGTH) return undefined;
  const [, language, script, region] = wellFormed.exec(hint) ?? [];
  if (language === undefined) return undefined;
  const titled = script && script.slice(0, 1).toUpperCase() + script.slice(1).toLowerCase();
  return [language.toLowerCase(), titled, region?.toUpperCase()].filter(Boolean).join('-');
}
