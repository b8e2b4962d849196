/** The files of a migrations folder: what they are called, what their first line says of them, and how one is taken apart. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { StorageError } from './errors.ts';

const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/;
/** The first line of a file that wants something of the runner: `-- migrate: compatible, concurrently`. */
const DIRECTIVE = /^-- migrate:(.*)/;

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** Lower-case hex SHA-256 of the file. */
  readonly sha256: string;
  /** The version of the program that lacks this file runs, and starts, on a database that has it. */
  readonly compatible: boolean;
  /** Run statement by statement, because some of them cannot be in a transaction: CREATE INDEX CONCURRENTLY. */
  readonly concurrently: boolean;
}

/**
 * Files in order.
 *
 * @throws StorageError MIGRATIONS_INVALID: unreadable, empty, misnamed, a number used twice, or a first line that asks for the unknown.
 */
export async function readMigrations(folder: string | URL): Promise<readonly Migration[]> {
  const directory = typeof folder === 'string' ? folder : fileURLToPath(folder);
  const names = await readdir(directory).catch((error: unknown) => {
    throw new StorageError('MIGRATIONS_INVALID', `The migrations folder ${directory} cannot be read.`, {
      cause: error,
    });
  });
  const files = names.sort();
  if (files.length === 0) throw new StorageError('MIGRATIONS_INVALID', `The migrations folder ${directory} is empty.`);
  for (const [index, name] of files.entries()) {
    if (!FILE_NAME.test(name)) {
      throw new StorageError('MIGRATIONS_INVALID', `${name} in ${directory} is not named like 0001-what-it-does.sql.`);
    }
    if (files[index - 1]?.slice(0, 4) === name.slice(0, 4)) {
      throw new StorageError(
        'MIGRATIONS_INVALID',
        `${directory} holds two migrations of the number ${name.slice(0, 4)}.`,
      );
    }
  }
  return Promise.all(
    files.map(async (name) => readMigration(name, await readFile(path.join(directory, name), 'utf8'))),
  );
}

/** @throws StorageError MIGRATIONS_INVALID for a first line that asks for the unknown. */
export function readMigration(name: string, sql: string): Migration {
  const words =
    DIRECTIVE.exec(sql)?.[1]
      ?.split(',')
      .map((word) => word.trim()) ?? [];
  const unknown = words.find((word) => word !== 'compatible' && word !== 'concurrently');
  if (unknown !== undefined) {
    throw new StorageError(
      'MIGRATIONS_INVALID',
      `${name}: "${unknown}" in its first line is neither "compatible" nor "concurrently".`,
    );
  }
  return {
    name,
    sql,
    sha256: createHash('sha256').update(sql).digest('hex'),
    compatible: words.includes('compatible'),
    concurrently: words.includes('concurrently'),
  };
}

export interface Statement {
  /** Without lines that are a comment, and without the semicolon. */
  readonly sql: string;
  /** Of the file, from 1. */
  readonly line: number;
}

/**
 * The statements of a file. One ends with a semicolon at the end of a line, so within a statement no line may end with one: what has a
 * body, such as a function, does not come apart rightly.
 */
export function splitStatements(sql: string): readonly Statement[] {
  const statements: Statement[] = [];
  let lines: string[] = [];
  let first = 1;
  for (const [index, line] of sql.split('\n').entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('--')) continue;
    if (lines.length === 0) first = index + 1;
    lines.push(line);
    if (!line.trimEnd().endsWith(';')) continue;
    statements.push({ sql: lines.join('\n').trimEnd().slice(0, -1), line: first });
    lines = [];
  }
  return lines.length === 0 ? statements : [...statements, { sql: lines.join('\n'), line: first }];
}

/** True of CREATE, DROP and REINDEX … CONCURRENTLY, which refuse a transaction. */
export function isConcurrent(sql: string): boolean {
  return /^\s*(?:CREATE|DROP|REINDEX)\b[^(]*\bCONCURRENTLY\b/i.test(sql);
}

const BUILT_INDEX = /^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?([\w."]+)\s+ON\b/i;

/** The index that a statement builds without locking its table, as it is written; undefined for any other statement. */
export function builtIndex(sql: string): string | undefined {
  return BUILT_INDEX.exec(sql)?.[1];
}
