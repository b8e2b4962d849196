/** Card security codes are refused anywhere in a message (contract §1), so that nobody can store one. */
import { shownToken } from './field-names.ts';

const SECURITY_CODE_FIELDS = ['cardSecurityCode', 'securityCode', 'cvc', 'cvc2', 'cvv', 'cvv2', 'cid', 'csc'];
const SECURITY_CODE_FIELD = new RegExp(`^(?:${SECURITY_CODE_FIELDS.join('|')})$`, 'i');

/**
 * The JSON pointer (RFC 6901) to the first field with the name of a security code, at any depth and in any letter case; undefined if there
 * is none. In the pointer, a name that is in no message is `*`: it comes from the caller and may be anything.
 */
export function findSecurityCode(value: unknown, pointer = ''): string | undefined {
  // Without recursion: a body can nest deeper than the call stack.
  const left: Place[] = [{ value, name: '', within: undefined }];
  for (let place = left.pop(); place !== undefined; place = left.pop()) {
    const current = place.value;
    if (typeof current !== 'object' || current === null) continue;
    const names = Object.keys(current);
    const code = names.find((name) => SECURITY_CODE_FIELD.test(name));
    if (code !== undefined) return `${pointer}${pointerTo(place)}/${code}`;
    for (const name of names.reverse()) {
      const member = (current as Record<string, unknown>)[name]; // an array, too, has its positions as names
      if (typeof member === 'object') left.push({ value: member, name, within: place });
    }
  }
  return undefined;
}

/** A value, and its name or position in the value around it. */
interface Place {
  readonly value: unknown;
  readonly name: string;
  readonly within: Place | undefined;
}

function pointerTo(place: Place): string {
  const tokens: string[] = [];
  for (let { name, within } = place; within !== undefined; { name, within } = within) {
    tokens.push(Array.isArray(within.value) ? name : shownToken(name));
  }
  return tokens
    .toReversed()
    .map((token) => `/${token}`)
    .join('');
}
