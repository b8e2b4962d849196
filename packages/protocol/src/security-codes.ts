/** Card security codes are refused anywhere in a message (contract §1), so that nobody can store one. */
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
 * The JSON pointer (RFC 6901) to the first field with the name of a security code, at any depth and in any letter case; undefined if there
 * is none. In the pointer, a name that is in no message is `*`: it comes from the caller and may be anything.
 */
export function findSecurityCode(value: unknown, pointer = ''): string | undefined {
  // Without recursion: a body can nest deeper than the call stack.
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
