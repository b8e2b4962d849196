/** Valid messages with something changed, for tests with arbitrary input. */
import fc from 'fast-check';

/** Any JSON value, including strings with lone surrogates and control characters. */
export const json: fc.Arbitrary<unknown> = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 });
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('\0', '\ud800', '\u202e', "'; DROP TABLE session; --", '%00', '__proto__', '{{returnTo}}', '$&'),
);

/** A valid message with one of its members replaced, by any value or by a text. */
export function mutated(message: unknown): fc.Arbitrary<unknown> {
  const pointers = pointersOf(message);
  const change = fc.tuple(fc.constantFrom(...pointers), fc.oneof(json, text));
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    let copy: unknown = structuredClone(message);
    for (const [path, value] of changes) copy = replace(copy, path, value);
    return copy;
  });
}

type Path = readonly string[];

function pointersOf(value: unknown, path: Path = []): Path[] {
  const below = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [path, ...below.flatMap(([name, member]) => pointersOf(member, [...path, name]))];
}

function replace(value: unknown, [name, ...rest]: Path, by: unknown): unknown {
  if (name === undefined) return by;
  if (typeof value !== 'object' || value === null) return value; // an earlier change removed this member
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...value };
  (copy as Record<string, unknown>)[name] = replace((value as Record<string, unknown>)[name], rest, by);
  return copy;
}
