/**
 * The rules for a statement on a distributed engine (Citus). Citus executes each part of a WITH as its own statement, in order, and sends the
 * rows of one part to the next. PostgreSQL has none of these limits. The check is for tests, and reads the words of the statement.
 */

/** Rows of `child` refer to rows of `parent`. */
export interface ForeignKey {
  readonly child: string;
  readonly parent: string;
  /** Whether the rows that refer to a deleted row are deleted with it. */
  readonly cascades: boolean;
}

interface Part {
  readonly materialized?: boolean;
  /** Undefined for the statement after the last part. */
  readonly name: string | undefined;
  readonly text: string;
}

/** Functions that change the transaction or its locks. */
const VOLATILE = /\b(set_config|pg_(?:try_)?advisory_\w+)\s*\(/;
/** Functions in the network's statements that PostgreSQL declares STABLE: they depend on a setting, such as the time zone. */
const STABLE = /\b(jsonb?_build_(?:object|array)|to_jsonb?|jsonb?_agg|now|make_interval)\s*\(/;
const INTERVAL = /\b(make_interval|interval)\s*[(']/;
const SIZE = /\bpg_(?:\w+_)?size\s*\(/;

/**
 * The parts of a statement that a distributed engine refuses, or executes in another way than PostgreSQL; empty if there are none.
 * `foreignKeys` are the foreign keys that the schema checks at the end of each statement.
 */
export function findDistributedFaults(text: string, foreignKeys: readonly ForeignKey[]): readonly string[] {
  const plain = withoutTexts(text);
  const parts = readParts(plain);
  return [
    ...parts.flatMap(findFaultsOfPart),
    ...findFaultsOfWhole(plain),
    ...findFaultsOfOrder(parts, foreignKeys),
    ...findReadersOfAdded(parts),
    ...findMovedReads(parts),
    ...findGaps(parts),
    ...findEmptyLists(parts),
  ];
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

/** A stable function in the RETURNING of a change, or in a CASE of an UPDATE's SET; or an interval that the SET adds to a column. */
function findStable(text: string): readonly string[] {
  if (!/^(INSERT|UPDATE|DELETE)\b/.test(text)) return [];
  const returned = /\bRETURNING\b(.*)$/s.exec(text)?.[1] ?? '';
  const set = /^UPDATE\b.*?\bSET\b(.*?)\b(?:FROM|WHERE)\b/s.exec(text)?.[1] ?? '';
  const cases = [...set.matchAll(/\bCASE\b.*?\bEND\b/gs)].map(([one]) => one);
  const found = [returned, ...cases].flatMap((one) => STABLE.exec(one)?.[1] ?? []);
  return found.length > 0 ? found : (INTERVAL.exec(set)?.slice(1) ?? []);
}

/** Citus sends the SELECT of an INSERT to its workers with a gap, if it calls a stable function, reads a table, and is not a UNION. */
function findGaps(parts: readonly Part[]): readonly string[] {
  const names = new Set(parts.map(({ name }) => name));
  return parts.flatMap(({ name, text }) => {
    const selected = /^INSERT\b.*?\b(SELECT\b.*)$/s.exec(text)?.[1] ?? '';
    const reads = [...selected.matchAll(/(?<!DISTINCT )\b(?:FROM|JOIN) ([a-z]\w*)\b(?!\()/g)].filter(
      ([, read]) => !names.has(read),
    );
    const [, called] = STABLE.exec(selected) ?? INTERVAL.exec(selected) ?? [];
    if (called === undefined || reads.length === 0 || hasUnion(selected)) return [];
    return [
      `${name ?? 'the end'}: ${called} beside ${reads[0]?.[1]} is sent on with a gap: SELECT in a part of its own, MATERIALIZED`,
    ];
  });
}

/** Whether the SELECT itself is a UNION. A UNION in its brackets does not count. */
function hasUnion(text: string): boolean {
  return [...text.matchAll(/\bUNION\b/g)].some(({ index }) => {
    const before = text.slice(0, index);
    return before.split('(').length === before.split(')').length;
  });
}

function findFaultsOfWhole(text: string): readonly string[] {
  const faults: string[] = [];
  const [, called] = VOLATILE.exec(text) ?? [];
  if (called !== undefined && /\bctid\b/.test(text)) {
    faults.push(`${called} is refused beside ctid: call it in a statement before, in the same transaction`);
  }
  if (SIZE.test(text)) faults.push('a size is 0 at the coordinator, which has no rows');
  return faults;
}

/** Parts are executed in their order, and foreign keys are checked at the end of each part. */
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

/** Parts that read a table after an earlier part has added rows to it. Citus shows them the new rows; PostgreSQL shows the table as it was. */
function findReadersOfAdded(parts: readonly Part[]): readonly string[] {
  return parts.flatMap(({ text }, position) => {
    const [, table] = /^INSERT INTO\s+([\w.]+)/.exec(text) ?? [];
    if (table === undefined) return [];
    return parts
      .slice(position + 1)
      .filter((part) => readerOf(table).test(part.text))
      .map(({ name }) => `${name ?? 'the end'} reads ${table} after rows are added`);
  });
}

/**
 * A part that only reads, and is read once, is executed where it is read. So it sees the changes of the parts between, unless it is
 * MATERIALIZED.
 */
function findMovedReads(parts: readonly Part[]): readonly string[] {
  return parts.flatMap((part, position) =>
    parts.slice(position + 1, placeOf(parts, position)).flatMap(({ name, text }) => {
      const [, table] = /^(?:INSERT INTO|DELETE FROM|UPDATE)\s+([\w.]+)/.exec(text) ?? [];
      const moved = table !== undefined && readerOf(table).test(part.text);
      return moved ? [`${part.name} reads ${table} after ${name} has changed it: MATERIALIZED`] : [];
    }),
  );
}

/** The position at which a part is executed. */
function placeOf(parts: readonly Part[], position: number): number {
  const { name, text, materialized } = parts[position] ?? { text: '', name: undefined };
  if (name === undefined || materialized || !/^SELECT\b/.test(text) || / FOR (NO KEY )?(UPDATE|SHARE)\b/.test(text))
    return position;
  if (countReads(parts, name) !== 1) return position;
  return placeOf(
    parts,
    parts.findIndex((part, at) => at > position && readerOf(name).test(part.text)),
  );
}

/**
 * Citus plans the statement after the parts by its subqueries. It refuses a subquery without a column, unless the subquery reads a change, or a
 * part that is read more than once: a part that is read once is merged into its reader.
 */
function findEmptyLists(parts: readonly Part[]): readonly string[] {
  const end = parts.at(-1)?.text ?? '';
  const rowless = new Set(
    parts
      .filter(({ text, materialized }) => materialized || !/^SELECT\b.*\bFROM\b/s.test(text))
      .map(({ name }) => name),
  );
  if (!parts.slice(0, -1).some(({ text }) => /^INSERT\b/.test(text))) return [];
  return [...end.matchAll(/\bEXISTS \(SELECT FROM (\w+)/g)]
    .filter(([, read = '']) => !rowless.has(read) && countReads(parts, read) === 1)
    .map(([, read]) => `the end: EXISTS (SELECT FROM ${read}) is refused: SELECT 1`);
}

function countReads(parts: readonly Part[], read: string): number {
  const reads = new RegExp(readerOf(read), 'g');
  return parts.flatMap(({ text }) => [...text.matchAll(reads)]).length;
}

/** Matches a text that reads the table. */
const readerOf = (table: string) => new RegExp(`(?<!DELETE )\\b(FROM|JOIN|,|USING)\\s+${table}\\b`);

/** Parts that read rows of `child` after a deletion in `parent` has deleted them too. */
function findReaders(parts: readonly Part[], { child, parent }: Omit<ForeignKey, 'cascades'>): readonly string[] {
  return parts
    .filter(({ text }) => readerOf(child).test(text))
    .map(
      ({ name }) =>
        `${name ?? 'the end'} reads ${child} after ${parent} is deleted, and with it those rows: read them before`,
    );
}

/** The statement with empty quoted texts: their content may look like SQL. */
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
    parts.push({
      name: opening[1],
      text: rest.slice(start, end).trim(),
      materialized: /(?<!NOT )\bMATERIALIZED\s*\($/.test(opening[0]),
    });
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
