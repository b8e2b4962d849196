/** The language of a page that the server builds. */
import { lookUpLanguage } from '@payment-passkeys/protocol/texts';

/** The languages that a request asks for. Both members are hints, and may be any text. */
export interface LanguageWishes {
  /** `?lang`. */
  readonly asked?: unknown;
  /** The Accept-Language header. */
  readonly accepted: string | undefined;
}

/** The language that was asked for, or the first of the browser's languages that is there; otherwise English. */
export function chooseLanguage(languages: Iterable<string>, { asked, accepted = '' }: LanguageWishes): string {
  const ranges = accepted.split(',').map((range) => range.replace(/;.*/, '').trim());
  return lookUpLanguage([typeof asked === 'string' ? asked : '', ...ranges], [...languages]) ?? 'en';
}
