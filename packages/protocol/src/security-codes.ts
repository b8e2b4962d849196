/** Card security codes are refused wherever they stand (contract §1): nobody may send one, so nobody can store one. */
import { shownToken } from './field-names.ts';

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

/**
 * The JSON pointer (RFC 6901) of the first field that would carry a security code, at any depth, in any case; else undefined. A member above
 * it whose name no message has is `*` there, since a caller's own name may be anything.
 */
export function findSecurityCode(value: unknown, pointer = ''): string | undefined {
  // A list of what is left to look at instead of recursion: a body of brackets alone nests deeper than the call stack.
  const left: [value: unknown, pointer: string][] = [[value, pointer]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [current, at] = next;
    if (typeof current !== 'object' || current === null) continue;
    const members = Object.entries(current);
    const code = members.find(([name]) => SECURITY_CODE_FIELDS.has(name.toLowerCase()));
    if (code !== undefined) return `${at}/${code[0]}`;
    const shown = Array.isArray(current) ? (position: string) => position : shownToken;
    for (const [name, member] of members.toReversed()) left.push([member, `${at}/${shown(name)}`]);
  }
  return undefined;
}
