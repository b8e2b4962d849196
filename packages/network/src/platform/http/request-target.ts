/** The target of a request line (RFC 9112 §3.2). */

/**
 * Path and query as they came on the wire, also of a target that is a whole address (§3.2.2), whose scheme and authority are left out: this
 * server is the one at PUBLIC_URL, whatever a caller names it.
 */
export function pathAndQuery(target = '/'): string {
  const ofAddress = /^https?:\/\/[^/?#]*(.*)$/is.exec(target)?.[1];
  if (ofAddress === undefined) return target;
  return ofAddress.startsWith('/') ? ofAddress : `/${ofAddress}`;
}
