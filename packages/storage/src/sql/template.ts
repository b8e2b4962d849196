/** SQL as a constant of the source: its text, and the names of the values for each call. */

/** A statement's text, or a part of it. `Name` is the union of its values' names. */
export interface Sql<Name extends string = string> {
  readonly chunks: readonly (string | { readonly value: Name })[];
}

type NameOf<Part> = Part extends string ? Part : Part extends Sql<infer Name> ? Name : never;

const VALUE_NAME = /^[a-z][A-Za-z0-9]*$/;

/**
 * Builds SQL from a template. A string in it is the name of a value, a number is written into the text, and other SQL is inserted: a name that
 * stands in both is the same value. Nothing but the source's own text, integers and names becomes SQL, so there is nothing to escape.
 *
 *     sql`UPDATE session SET ended_at = ${'now'} WHERE session_id = ${'sessionId'} AND ${OPENED}`
 *
 * @throws RangeError for a number that is not a whole one, and for a string that cannot be a name (`camelCase`).
 */
export function sql<const Parts extends readonly (string | number | Sql)[]>(
  texts: TemplateStringsArray,
  ...parts: Parts
): Sql<NameOf<Parts[number]>> {
  const chunks = texts.flatMap((text, position) => [text, ...chunksOf(parts[position])]);
  return { chunks } as Sql<NameOf<Parts[number]>>; // its names are the names of the parts
}

function chunksOf(part: string | number | Sql | undefined): Sql['chunks'] {
  if (part === undefined) return [];
  if (typeof part === 'object') return part.chunks;
  if (typeof part === 'number') {
    if (!Number.isSafeInteger(part)) throw new RangeError(`${part} is not a whole number.`);
    return [String(part)];
  }
  return [{ value: checkName(part) }];
}

function checkName(name: string): string {
  if (!VALUE_NAME.test(name))
    throw new RangeError('A string in a template of SQL is the name of a value, in camel case.');
  return name;
}

/** The parts, separated by commas. */
export function joinSql<Name extends string>(parts: readonly Sql<Name>[]): Sql<Name> {
  return { chunks: parts.flatMap(({ chunks }, position) => (position === 0 ? chunks : [', ', ...chunks])) };
}

/** Text constants, as after IN: `'created', 'opened'`. */
export function literals(values: readonly string[]): Sql<never> {
  return { chunks: [values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ')] };
}

/** A lower-case name of a table or a column, with or without the table's name: `session.client_id`. */
export function identifier(name: string): Sql<never> {
  if (!/^[a-z_]+(\.[a-z_]+)?$/.test(name)) throw new RangeError(`${name} is not a plain name of SQL.`);
  return { chunks: [name] };
}

/** The text with `$1`, `$2`, … in the order in which the names first appear, and the names. */
export function numberValues<Name extends string>({
  chunks,
}: Sql<Name>): {
  readonly text: string;
  readonly names: readonly Name[];
} {
  const names: Name[] = [];
  const text = chunks.map((chunk) => {
    if (typeof chunk === 'string') return chunk;
    if (!names.includes(chunk.value)) names.push(chunk.value);
    return `$${names.indexOf(chunk.value) + 1}`;
  });
  return { text: text.join(''), names };
}
