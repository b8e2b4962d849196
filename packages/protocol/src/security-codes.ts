/** Card security codes are refused wherever they stand (contract §1): nobody may send one, so nobody can store one. */

const SECURITY_CODE_FIELDS: ReadonlySet<string> = new Set([
  'cardsecuritycode',
  'securitycode',
  'cvc',
  'cvc2',
  'cvv',
  'cvv2',
  'cid',
  'csc',
]);

/** The JSON pointer (RFC 6901) of the first field that would carry a security code, at any depth, in any case; else undefined. */
export function findSecurityCode(value: unknown, pointer = ''): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (SECURITY_CODE_FIELDS.has(name.toLowerCase())) return at;
    const below = findSecurityCode(member, at);
    if (below !== undefined) return below;
  }
  return undefined;
}
