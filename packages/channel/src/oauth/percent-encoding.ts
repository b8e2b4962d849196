/** Percent-encoding of RFC 5849 §3.6: everything but RFC 3986's unreserved characters, as UTF-8, hex digits in upper case. */

/** Expects well-formed Unicode. */
export function percentEncode(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Undefined where a `%` begins no escape, or the bytes are no UTF-8. A `+` stays a `+`. */
export function percentDecode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
