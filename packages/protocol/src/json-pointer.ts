/** JSON pointers (RFC 6901): an error names a field by its pointer. */

/** A member's name, escaped for a pointer (§3). */
export function escapeToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
