/** JSON pointers (RFC 6901), with which an error names a field without its value. */

/** A member's name as it stands in a pointer (§3). */
export function escapeToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
