/** Reads the languages of Accept-Language (RFC 9110 §12.5.4). */
import Negotiator from 'negotiator';

const MAX_HEADER_LENGTH = 1000;

/**
 * Most preferred first, as language, script and region (`zh-Hant-TW`); extensions are removed. A text that is not a BCP 47 tag is left out.
 */
export function readAcceptedLanguages(header: string | undefined): readonly string[] {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return [];
  const wanted = new Negotiator({ headers: { 'accept-language': header } }).languages();
  return wanted.flatMap((tag) => readTag(tag) ?? []);
}

function readTag(text: string): string | undefined {
  try {
    // Without extensions: V8 refuses one that Android sends (`x-lvariant`).
    const { language, script, region } = new Intl.Locale(text.replace(/-[a-z0-9]-.*$/i, ''));
    return [language, script, region].filter((part) => part !== undefined).join('-');
  } catch {
    return undefined;
  }
}
