/**
 * The rules for a migration of a large table in use: it must not hold a lock for a time that grows with the table, nor remove what the version
 * before still reads. The check is meant for tests. It looks at the words of the statements only, so it finds PostgreSQL's usual dangers and not
 * all.
 */
import { readMigration, splitStatements } from './migration-files.ts';

export interface Objection {
  readonly line: number;
  readonly reason: string;
}

interface Rule {
  /** A pattern for a statement in capitals with single spaces and without quoted text; `[^,]` stays within one action of an ALTER TABLE. */
  readonly pattern: RegExp;
  readonly reason: string;
}

/** The part of a statement that adds a column, up to the column's options. */
const ADDS = 'ADD (COLUMN )?(?!CONSTRAINT |FOREIGN |CHECK|UNIQUE|PRIMARY |EXCLUDE)[^,]*';

/** PostgreSQL documentation: "Explicit Locking", and the notes of ALTER TABLE and CREATE INDEX. */
const RULES: readonly Rule[] = [
  {
    pattern: /^CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)/,
    reason:
      'stops every write while the index is built: CREATE INDEX CONCURRENTLY IF NOT EXISTS, in a file "concurrently"',
  },
  {
    pattern: /^(CREATE (UNIQUE )?INDEX CONCURRENTLY (?!IF NOT EXISTS)|DROP INDEX CONCURRENTLY (?!IF EXISTS))/,
    reason: 'fails when a crash within the file makes it run again: IF NOT EXISTS, IF EXISTS',
  },
  {
    pattern: /^(DROP INDEX (?!CONCURRENTLY)|REINDEX (?!.*CONCURRENTLY))/,
    reason: 'locks everybody out: … CONCURRENTLY, in a file "concurrently"',
  },
  {
    pattern: new RegExp(`${ADDS} NOT NULL(?![^,]* DEFAULT )(?<! DEFAULT [^,]*)`),
    reason: 'fails on a table that has rows, or in the version before: with a DEFAULT, or without NOT NULL',
  },
  {
    pattern:
      /ADD (COLUMN )?[^,]*( GENERATED | (BIG|SMALL)?SERIAL\b| DEFAULT [^,]*(RANDOM|UUID|NEXTVAL|CLOCK_TIMESTAMP)\w* ?\()/,
    reason: 'writes every row anew with everybody locked out: fill the column in batches',
  },
  {
    pattern: new RegExp(`${ADDS} (REFERENCES|UNIQUE|PRIMARY KEY|CHECK)\\b`),
    reason:
      'reads the whole table with writers locked out: the column first, the constraint apart, NOT VALID or USING INDEX',
  },
  {
    pattern: /ADD (CONSTRAINT \S+ )?(FOREIGN KEY|CHECK|UNIQUE|PRIMARY KEY|EXCLUDE)\b(?!.*(NOT VALID|USING INDEX))/,
    reason: 'reads the whole table with writers locked out: NOT VALID and, later, VALIDATE; or USING INDEX',
  },
  {
    pattern: /ALTER (COLUMN )?\S+ (SET DATA )?TYPE /,
    reason: 'writes every row anew, and the version before reads the old type: a new column',
  },
  {
    pattern: /ALTER (COLUMN )?\S+ SET NOT NULL/,
    reason: 'reads the whole table with everybody locked out: a CHECK, NOT VALID and, later, VALIDATE',
  },
  {
    pattern: /SET (UN)?LOGGED|SET TABLESPACE|^VACUUM FULL|^CLUSTER\b|^TRUNCATE\b|^LOCK\b/,
    reason: 'locks everybody out for as long as it takes',
  },
  {
    pattern: /^(UPDATE|DELETE FROM|MERGE)\b/,
    reason: 'locks every row that it meets until its end: housekeeping does it in batches',
  },
  { pattern: /^(BEGIN|COMMIT|ROLLBACK|START TRANSACTION)\b/, reason: 'the runner begins and ends transactions' },
];

/** A rule for a file that is marked compatible. */
const BREAKING: Rule = {
  pattern: /^(DROP TABLE|ALTER TABLE .*\b(DROP (COLUMN |(?!CONSTRAINT|DEFAULT|NOT NULL|EXPRESSION)\w)|RENAME))/,
  reason: 'takes away what the version before reads: not in a "compatible" file',
};
/** A rule for a file that is not marked concurrently. */
const VALIDATE: Rule = {
  pattern: /VALIDATE CONSTRAINT/,
  reason: 'reads the whole table under the locks of the statements before it: in a file "concurrently"',
};

const SECOND_TABLE =
  'waits for this table while it holds another, which a statement of the version before may hold the other way round: in a file of its own, or "concurrently"';

/**
 * The violations in a file, in the order of its statements. A table that the file itself creates is not in use yet, so any statement on it
 * is allowed.
 */
export function findObjections(name: string, sql: string): readonly Objection[] {
  const { compatible, concurrently } = readMigration(name, sql);
  const rules = [...RULES, ...(compatible ? [BREAKING] : []), ...(concurrently ? [] : [VALIDATE])];
  const statements = splitStatements(sql).map(({ line, sql: text }) => ({ line, words: normalise(text) }));
  const made = new Set(
    statements.flatMap(({ words }) => /^CREATE TABLE (?:IF NOT EXISTS )?(\S+)/.exec(words)?.[1] ?? []),
  );
  const objections = statements
    .filter(({ words }) => !made.has(tableOf(words) ?? ''))
    .flatMap(({ line, words }) =>
      rules.filter(({ pattern }) => pattern.test(words)).map(({ reason }) => ({ line, reason })),
    );
  if (concurrently) return objections;
  const locks = statements.map(({ line, words }) => ({ line, table: lockedTable(words) }));
  const [first, ...later] = locks.filter(({ table }) => table !== undefined && !made.has(table));
  const second = later.find(({ table }) => table !== first?.table);
  return second === undefined ? objections : [...objections, { line: second.line, reason: SECOND_TABLE }];
}

function normalise(sql: string): string {
  return sql
    .replaceAll(/(\$\w*\$).*?\1/gs, '$$')
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toUpperCase();
}

/** The table of the statement, if its beginning names one. */
function tableOf(words: string): string | undefined {
  return /^(?:ALTER TABLE (?:ONLY )?(?:IF EXISTS )?|INSERT INTO |CREATE (?:UNIQUE )?INDEX (?:\S+ )*?ON )(\S+)/.exec(
    words,
  )?.[1];
}

/** The table that a statement locks against writers until its transaction ends. A new table locks the one that its foreign key refers to. */
function lockedTable(words: string): string | undefined {
  return /^(?:ALTER TABLE (?:ONLY )?(?:IF EXISTS )?|CREATE TABLE .*? REFERENCES )([^\s(,;)]+)/.exec(words)?.[1];
}
