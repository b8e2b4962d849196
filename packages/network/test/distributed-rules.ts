/**
 * The rules for a statement on a distributed engine (Citus), which executes each part of a WITH as a statement of its own, in their order, and
 * sends the rows of one part to the next. A check for tests, by the words of the statement. PostgreSQL itself has none of these limits.
 */

/** Rows of `child` refer to rows of `parent`. */
export interface ForeignKey {
  readonly child: string;
  readonly parent: string;
  /** Whether the rows that refer to a deleted row are deleted with it. */
  readonly cascades: boolean;
}

interface Part {
  /** Undefined for the statement after the last part. */
  readonly name: string | undefined;
  readonly text: string;
}

/** Functions that change the transaction or its locks. */
const VOLATILE = /\b(set_config|pg_(?:try_)?advisory_\w+)\s*\(/;
/** Functions that PostgreSQL calls stable, of those that statements of the network call: they depend on a setting, such as the time zone. */
const STABLE = /\b(jsonb?_build_(?:object|array)|to_jsonb?|jsonb?_agg|now|make_interval)\s*\(/;
const SIZE = /\bpg_(?:\w+_)?size\s*\(/;

/**
 * What a distributed engine refuses in the text of a statement, or executes in another way than PostgreSQL; empty when it may run there.
 * `foreignKeys` are those of the schema that are checked at the end of each statement.
 */
export function findDistributedFaults(text: string, foreignKeys: readonly ForeignKey[]): readonly string[] {
  const plain = withoutTexts(text);
  const parts = readParts(plain);
  return [...parts.flatMap(findFaultsOfPart), ...findFaultsOfWhole(plain), ...findFaultsOfOrder(parts, foreignKeys)];
}

function findFaultsOfPart({ name, text }: Part): readonly string[] {
  const faults = findStable(text).map(
    (called) => `${name ?? 'the end'}: ${called} is refused there, because it is stable and not immutable`,
  );
  if (name === undefined) return faults;
  if (/^SELECT(\s+FROM\b|$)/.test(text))
    faults.push(`${name}: an empty select list is refused in a part of WITH: SELECT 1`);
  if (/^INSERT\b/.test(text) && !/\b(ON CONFLICT|RETURNING)\b/.test(text)) {
    faults.push(`${name}: without ON CONFLICT or RETURNING, a row that exists is XX000 instead of 23505`);
  }
  return faults;
}

/** Stable functions in the RETURNING of a change, or in a CASE of what an UPDATE sets. */
function findStable(text: string): readonly string[] {
  if (!/^(INSERT|UPDATE|DELETE)\b/.test(text)) return [];
  const returned = /\bRETURNING\b(.*)$/s.exec(text)?.[1] ?? '';
  const set = /^UPDATE\b.*?\bSET\b(.*?)\b(?:FROM|WHERE)\b/s.exec(text)?.[1] ?? '';
  const cases = [...set.matchAll(/\bCASE\b.*?\bEND\b/gs)].map(([one]) => one);
  return [returned, ...cases].flatMap((one) => STABLE.exec(one)?.[1] ?? []);
}

function findFaultsOfWhole(text: string): readonly string[] {
  const faults: string[] = [];
  const [, called] = VOLATILE.exec(text) ?? [];
  if (called !== undefined && /\bctid\b/.test(text)) {
    faults.push(`${called} is refused beside ctid: call it in a statement before, in the same transaction`);
  }
  if (/\bIS (NOT )?DISTINCT FROM NULL\b/.test(text))
    faults.push('IS DISTINCT FROM NULL is sent on with a gap: IS NOT NULL');
  if (SIZE.test(text)) faults.push('a size is 0 at the coordinator, which has no rows');
  return faults;
}

/** Parts are executed in their order, and each one's foreign keys are checked at its end. */
function findFaultsOfOrder(parts: readonly Part[], foreignKeys: readonly ForeignKey[]): readonly string[] {
  const changes = parts.map(({ text }) => /^(INSERT INTO|DELETE FROM)\s+([\w.]+)/.exec(text) ?? []);
  const place = (change: string, table: string) => changes.findIndex(([, verb, of]) => verb === change && of === table);
  return foreignKeys.flatMap(({ child, parent, cascades }) => {
    const inserted = { child: place('INSERT INTO', child), parent: place('INSERT INTO', parent) };
    const deleted = { child: place('DELETE FROM', child), parent: place('DELETE FROM', parent) };
    return [
      ...(inserted.child >= 0 && inserted.parent > inserted.child
        ? [`${child} is inserted before ${parent}, to which it refers`]
        : []),
      ...(cascades && deleted.parent >= 0 ? findReaders(parts.slice(deleted.parent + 1), { child, parent }) : []),
      ...(!cascades && deleted.parent >= 0 && deleted.child > deleted.parent
        ? [`${parent} is deleted before ${child}, which refers to it`]
        : []),
    ];
  });
}

/** Parts that read rows that a deletion before them has taken along. */
function findReaders(parts: readonly Part[], { child, parent }: Omit<ForeignKey, 'cascades'>): readonly string[] {
  return parts
    .filter(({ text }) => new RegExp(`(?<!DELETE )\\b(FROM|JOIN|,|USING)\\s+${child}\\b`).test(text))
    .map(
      ({ name }) =>
        `${name ?? 'the end'} reads ${child} after ${parent} is deleted, and with it those rows: read them before`,
    );
}

/** Without the contents of quoted texts, which may have words and brackets. */
function withoutTexts(text: string): string {
  return text.replaceAll(/'(?:[^']|'')*'/g, "''").trim();
}

const OPENING = /^\s*,?\s*(\w+)\s*(?:\([^()]*\)\s*)?AS\s+(?:(?:NOT\s+)?MATERIALIZED\s*)?\(/;

/** The parts of a WITH at the beginning, and the statement after them. */
function readParts(text: string): readonly Part[] {
  const parts: Part[] = [];
  let rest = /^WITH\s/.test(text) ? text.slice('WITH'.length) : text;
  for (let opening = rest === text ? null : OPENING.exec(rest); opening !== null; opening = OPENING.exec(rest)) {
    const start = opening[0].length;
    const end = findClosing(rest, start);
    parts.push({ name: opening[1], text: rest.slice(start, end).trim() });
    rest = rest.slice(end + 1);
  }
  return [...parts, { name: undefined, text: rest.trim() }];
}

/** The bracket that closes the one before `start`. */
function findClosing(text: string, start: number): number {
  let depth = 1;
  for (let position = start; position < text.length; position++) {
    if (text[position] === '(') depth++;
    if (text[position] === ')' && --depth === 0) return position;
  }
  throw new RangeError('A bracket of the statement is not closed.');
}
