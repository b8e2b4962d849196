/** Strict base64: each value has exactly one text, so that a changed character changes the message. */

// `Buffer.from` skips what is not in the alphabet, so the text is compared with the only one that its bytes have.

/** Decodes RFC 4648 §5 base64url without padding, in canonical form only; undefined for anything else. */
export function decodeBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/** Decodes RFC 4648 §4 base64 with padding, in canonical form only; undefined for anything else. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/**
 * Decodes base64 in either alphabet, also mixed, with or without padding. Needed for mastercard-client-encryption 1.10.8, which writes
 * base64url that still contains `/`, because it replaces backslashes instead of slashes. Unused trailing bits must be zero here too.
 */
export function decodeAnyBase64(text: string): Buffer | undefined {
  if (text.endsWith('=') && text.length % 4 !== 0) return undefined;
  return (
    decodeBase64Url(text) ??
    decodeBase64Url(
      text
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .replace(/={1,2}$/, ''),
    )
  );
}
