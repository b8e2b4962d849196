/** Percent-encoding of RFC 5849 §3.6: encodes every character except RFC 3986's unreserved ones, as UTF-8, with upper-case hex digits. */

/** Expects well-formed Unicode. */
export function percentEncode(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Undefined if a `%` does not begin an escape, or the bytes are not UTF-8. A `+` stays a `+`. */
export function percentDecode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
