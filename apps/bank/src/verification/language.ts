/** The languages of the screen that cardholders come to from anywhere: as their browser asks. */
import texts from './texts.json' with { type: 'json' };

export type VerificationLanguage = keyof typeof texts;
export type VerificationText = keyof (typeof texts)['en'];

/** The first language of an Accept-Language header that there are texts for, by the order in which browsers write them. */
export function readLanguage(header: string | undefined): VerificationLanguage {
  const wanted = (header ?? '').split(',').map((each) => each.trim().slice(0, 2).toLowerCase());
  return wanted.find((each): each is VerificationLanguage => Object.hasOwn(texts, each)) ?? 'en';
}

export function directionOf(language: VerificationLanguage): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}

/** A text with what belongs between its braces; not HTML yet. */
export function say(
  language: VerificationLanguage,
  name: VerificationText,
  values: Readonly<Record<string, string>> = {},
): string {
  return texts[language][name].replace(/\{(\w+)\}/g, (_, key: string) => isolate(values[key] ?? ''));
}

/**
 * An isolate of its own (UAX #9 §2.4.2), so that it keeps its direction within a right-to-left sentence: a name by its first letter, and what
 * has no letter, as a masked number, from left to right.
 */
function isolate(text: string): string {
  return `${/\p{L}/u.test(text) ? '\u2068' : '\u2066'}${text}\u2069`;
}
