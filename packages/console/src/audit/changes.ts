/** What an entry of the audit trail changed, field by field. Pure. */
import type { DifferenceRow } from '../parts/difference.ts';

/** The fields in which two JSON values differ; an absent value has no fields. The fields of `after` come first, in its order. */
export function compareValues(before: unknown, after: unknown): readonly DifferenceRow[] {
  const [old, next] = [readLines(before), readLines(after)];
  const fields = new Set([...next.keys(), ...old.keys()]);
  return [...fields].flatMap((field) => {
    const row = { field, before: old.get(field) ?? [], after: next.get(field) ?? [] };
    return row.before.join('\n') === row.after.join('\n') ? [] : [row];
  });
}

/**
 * Each field with its lines, named by the members that lead to it: `verification.uri`. An object's members are fields of their own; a list is one
 * field with a line for each element.
 */
function readLines(value: unknown, field = ''): ReadonlyMap<string, readonly string[]> {
  if (value === undefined || value === null) return new Map();
  if (Array.isArray(value)) return new Map([[field, value.map(writeLine)]]);
  if (typeof value !== 'object') return new Map([[field, [writeLine(value)]]]);
  return new Map(
    Object.entries(value).flatMap(([name, member]) => [...readLines(member, field === '' ? name : `${field}.${name}`)]),
  );
}

/** One element of a list on one line: `uri https://bank.example/events, types binding.*`. */
function writeLine(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(writeLine).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, member]) => `${name} ${writeLine(member)}`)
    .join(', ');
}
