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

/** First-strong isolates: a name or a number keeps its own direction within a right-to-left sentence. */
function isolate(text: string): string {
  return `\u2068${text}\u2069`;
}
