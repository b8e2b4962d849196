/**
 * Texts in several languages, in one form for every place that uses them: a JSON file for each language, named by its tag (`de.json`), with
 * a string or {@link PluralForms} under each name. Pure; runs in a browser. To add a language: docs/recipes.md.
 */
import { readOptional } from './browser-objects.ts';

export { formatAmount } from './amount.ts';

/** One form for each plural category of the language (`Intl.PluralRules`, from Unicode CLDR). `{count}` is the number. */
export type PluralForms = { readonly [Category in Exclude<Intl.LDMLPluralRule, 'other'>]?: string | undefined } & {
  readonly other: string;
};

/** A language's texts, with the names of the English ones: a string for a string, plural forms for plural forms. */
export type TextsLike<English> = {
  readonly [Name in keyof English]: English[Name] extends string ? string : PluralForms;
};

/** The names of texts that count something. */
export type CountName<English> = {
  [Name in keyof English]: English[Name] extends string ? never : Name;
}[keyof English];

/** The names of all other texts. */
export type TextName<English> = Exclude<keyof English, CountName<English>>;

/**
 * The first wish that is available, by the lookup of RFC 4647 §3.4: `zh-Hant-TW` finds `zh-Hant`, then `zh`. Letter case does not matter,
 * and `_` counts as `-`. Undefined if no wish is available. A wish may be any text.
 */
export function lookUpLanguage(wishes: readonly string[], tags: readonly string[]): string | undefined {
  for (const wish of wishes) {
    const subtags = wish.toLowerCase().split(/[-_]/);
    for (; subtags.length > 0; subtags.pop()) {
      const range = subtags.join('-');
      const found = tags.find((tag) => tag.toLowerCase() === range);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The languages that are written from right to left. A table, because Firefox has no `Intl.Locale.prototype.getTextInfo`. */
const RIGHT_TO_LEFT = /^(ar|ckb|dv|fa|he|ps|sd|ug|ur|yi)\b/;

/** For HTML's `dir`. */
export function directionOf(tag: string): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.test(tag) ? 'rtl' : 'ltr';
}

/** For HTML's `lang`: the tag of a file, with the script of its texts if the language has two. */
export function htmlLanguage(tag: string): string {
  return tag === 'zh' ? 'zh-Hans' : tag;
}

/** The text with its `{placeholders}` replaced, once. One without a value stays as it is. */
export function fillText(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? placeholder) : placeholder,
  );
}

/** A text in pieces: `[text, placeholder, text, …]`, so that a page can replace a placeholder by markup. */
export function splitText(text: string): readonly string[] {
  return text.split(/\{(\w+)\}/);
}

/** The form for a count; `{count}` is not replaced yet. `other` if the form is missing or the browser cannot tell. */
export function choosePluralForm(forms: PluralForms, count: number, tag: string): string {
  return readOptional(() => forms[new Intl.PluralRules(tag).select(count)]) ?? forms.other;
}
