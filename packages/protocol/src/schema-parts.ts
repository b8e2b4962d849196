/** The parts of a schema, read as JSON Schema: objects, arrays, unions and intersections of TypeBox. */
import type { TSchema } from 'typebox';

interface Parts {
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
  readonly items?: TSchema;
  readonly anyOf?: readonly TSchema[];
  readonly allOf?: readonly TSchema[];
}

/** A TypeBox schema is a JSON Schema. Its general type, TSchema, does not have the members. */
function partsOf(schema: TSchema): Parts {
  return schema as Parts;
}

/** The members of an object schema; empty for every other schema. */
export function propertiesOf(schema: TSchema): Readonly<Record<string, TSchema>> {
  return partsOf(schema).properties ?? {};
}

/** A schema and all schemas inside it. */
export function schemasWithin(schema: TSchema): readonly TSchema[] {
  const { properties = {}, items, anyOf = [], allOf = [] } = partsOf(schema);
  const within = [...Object.values(properties), ...(items === undefined ? [] : [items]), ...anyOf, ...allOf];
  return [schema, ...within.flatMap(schemasWithin)];
}

/**
 * The value without its optional members that are `null`: they count as absent (contract §1). For a union, the first alternative is taken that
 * `accepts` accepts after this. Members that are in no schema are kept. A value that does not change is returned as the same object.
 */
export function withoutNulls(
  schema: TSchema,
  value: unknown,
  accepts: (schema: TSchema, value: unknown) => boolean,
): unknown {
  const { properties, required = [], items, anyOf } = partsOf(schema);
  if (typeof value !== 'object' || value === null) return value;
  if (anyOf !== undefined) {
    const read = anyOf.map((alternative) => withoutNulls(alternative, value, accepts));
    return read.find((candidate) => candidate !== value && accepts(schema, candidate)) ?? value;
  }
  if (Array.isArray(value)) {
    if (items === undefined) return value;
    const read = value.map((item: unknown) => withoutNulls(items, item, accepts));
    return read.some((item, position) => item !== value[position]) ? read : value;
  }
  if (properties === undefined) return value;
  let changed = false;
  const members = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    const ofMember = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (ofMember === undefined) return [[name, member]];
    if (member === null && !required.includes(name)) {
      changed = true;
      return [];
    }
    const read = withoutNulls(ofMember, member, accepts);
    changed ||= read !== member;
    return [[name, read]];
  });
  return changed ? Object.fromEntries(members) : value;
}

/** Whether a JSON value is null or has a null in it, at any depth. Uses a stack instead of recursion, because brackets can nest deeper than calls. */
export function holdsNull(value: unknown): boolean {
  const left = [value];
  for (let current = left.pop(); current !== undefined; current = left.pop()) {
    if (current === null) return true;
    if (typeof current !== 'object') continue;
    for (const member of Object.values(current)) if (typeof member === 'object') left.push(member);
  }
  return false;
}
