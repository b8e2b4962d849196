/** The target of a request line (RFC 9112 §3.2). */

/**
 * Path and query as sent. Scheme and authority of an absolute-form target (§3.2.2) are dropped: this server is the one at PUBLIC_URL,
 * whatever name a caller uses.
 */
export function pathAndQuery(target = '/'): string {
  const ofAddress = /^https?:\/\/[^/?#]*(.*)$/is.exec(target)?.[1];
  if (ofAddress === undefined) return target;
  return ofAddress.startsWith('/') ? ofAddress : `/${ofAddress}`;
}
