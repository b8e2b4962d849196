/** The files of a migrations folder: their names, their first line, and their statements. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { StorageError } from './errors.ts';

const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/;
/** The first line of a file with instructions for the runner: `-- migrate: compatible, concurrently`. */
const DIRECTIVE = /^-- migrate:(.*)/;

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** Lower-case hex SHA-256 of the file. */
  readonly sha256: string;
  /** A program version without this file starts and works on a database that has it. */
  readonly compatible: boolean;
  /** Run statement by statement, because some statements cannot be in a transaction: CREATE INDEX CONCURRENTLY. */
  readonly concurrently: boolean;
}

/**
 * The files in order.
 * @throws StorageError MIGRATIONS_INVALID: unreadable, empty, misnamed, a number used twice, or an unknown word in the first line.
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

/** @throws StorageError MIGRATIONS_INVALID for an unknown word in the first line. */
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
  /** Without comments, and without the semicolon. */
  readonly sql: string;
  /** The line in the file, from 1. */
  readonly line: number;
}

/** A comment, a quoted text, a semicolon, or the text between them (PostgreSQL documentation, chapter 4.1). */
const TOKEN = /--[^\n]*|\/\*.*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<tag>\$\w*\$).*?\k<tag>|;|[^-/'"$;]+|./gs;

/** The statements of a file. Backslash escapes (E'…\'…') and nested comments are not supported. */
export function splitStatements(sql: string): readonly Statement[] {
  const statements: Statement[] = [];
  let text = '';
  let start = 0;
  const end = () => {
    if (text.trim() !== '') statements.push({ sql: text.trim(), line: sql.slice(0, start).split('\n').length });
    text = '';
  };
  for (const { 0: token, index } of sql.matchAll(TOKEN)) {
    if (token === ';') end();
    else if (!token.startsWith('--') && !token.startsWith('/*')) {
      if (text.trim() === '' && token.trim() !== '') start = index + token.length - token.trimStart().length;
      text += token;
    }
  }
  end();
  return statements;
}

/** True for CREATE, DROP and REINDEX … CONCURRENTLY, which cannot run in a transaction. */
export function isConcurrent(sql: string): boolean {
  return /^(?:CREATE(?: UNIQUE)? INDEX|DROP INDEX|REINDEX(?: \([^)]*\))? \w+) CONCURRENTLY\b/i.test(
    sql.replaceAll(/\s+/g, ' '),
  );
}

const BUILT_INDEX = /^CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?([\w.]+|"[^"]+")\s+ON\b/i;

/** The name of the index that a statement builds without locking its table, as written; undefined for any other statement. */
export function builtIndex(sql: string): string | undefined {
  return BUILT_INDEX.exec(sql)?.[1];
}
