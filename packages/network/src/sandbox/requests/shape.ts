/** The shape of a JSON value: the names and types of its members and the lengths of its strings, and never a value. Pure. */
import { isShownName } from '@payment-passkeys/protocol';
import type { RecordedMember } from '@payment-passkeys/protocol/sandbox';

/** A shape is cut after so many members, and below so many levels. */
const MAX_MEMBERS = 150;
const MAX_DEPTH = 8;
/** The most items of an array that are recorded. */
const MAX_ITEMS = 3;

/** Each member stands before its own members. `pointer` is the place of `value` in the request. */
export function shapeOf(value: unknown, pointer = ''): readonly RecordedMember[] {
  const members: RecordedMember[] = [];
  const visit = (value: unknown, pointer: string, depth: number): void => {
    if (members.length >= MAX_MEMBERS) return;
    members.push({ pointer, ...describe(value) });
    if (depth >= MAX_DEPTH || typeof value !== 'object' || value === null) return;
    const inside = Array.isArray(value)
      ? value.slice(0, MAX_ITEMS).map((item: unknown, position) => [String(position), item] as const)
      : Object.entries(value).map(([name, member]) => [isShownName(name) ? name : '*', member] as const);
    for (const [name, member] of inside) visit(member, `${pointer}/${name}`, depth + 1);
  };
  visit(value, pointer, 0);
  return members;
}

function describe(value: unknown): Omit<RecordedMember, 'pointer'> {
  if (value === null) return { type: 'null' };
  if (Array.isArray(value)) return { type: 'array', length: value.length };
  switch (typeof value) {
    case 'string':
      return { type: 'string', length: value.length };
    case 'number':
      return { type: 'number' };
    case 'boolean':
      return { type: 'boolean' };
    default:
      return { type: 'object' };
  }
}
