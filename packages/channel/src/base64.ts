/** Base64 read without slack: one text for one value, so that a changed character is a changed message. */

/** Bytes of RFC 4648 §5 base64url without padding, in its one canonical spelling; undefined for anything else. */
export function decodeBase64Url(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/** Bytes of RFC 4648 §4 base64 with padding, in its one canonical spelling; undefined for anything else. */
export function decodeBase64(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/**
 * Bytes of base64 in either alphabet, also mixed, padded or not. mastercard-client-encryption 1.10.8 writes base64url that still
 * holds `/`, because it replaces backslashes where it means slashes. Unused trailing bits must be zero here too.
 */
export function decodeAnyBase64(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return undefined;
  if (text.endsWith('=') && text.length % 4 !== 0) return undefined;
  return decodeBase64Url(text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''));
}
