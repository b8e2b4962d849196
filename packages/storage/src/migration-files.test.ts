import { expect, test } from 'vitest';
import { builtIndex, isConcurrent, splitStatements } from './migration-files.ts';

const statements = (sql: string) => splitStatements(sql).map((statement) => `${statement.line} ${statement.sql}`);

test('a statement ends at a semicolon that is neither quoted nor in a comment, and begins in its own line', () => {
  const sql = [
    '-- a comment; with a semicolon',
    'SELECT 1; SELECT 2;',
    '/* another; */',
    '',
    "INSERT INTO t VALUES ('it''s; one'); -- so it ends",
    'DO $body$ BEGIN PERFORM 1; END $body$;',
    'SELECT ";" FROM t WHERE a - b / c > 1 -- within',
    '  AND true',
  ].join('\n');
  expect(statements(sql)).toEqual([
    '2 SELECT 1',
    '2 SELECT 2',
    "5 INSERT INTO t VALUES ('it''s; one')",
    '6 DO $body$ BEGIN PERFORM 1; END $body$',
    '7 SELECT ";" FROM t WHERE a - b / c > 1 \n  AND true',
  ]);
});

test('a file of comments has no statement', () => {
  expect(statements('-- nothing;\n\n/* nothing; */')).toEqual([]);
});

test.each([
  ['CREATE INDEX CONCURRENTLY by_name ON t (name)', true, 'by_name'],
  ['create unique index concurrently if not exists "By name" on t (name)', true, '"By name"'],
  ['DROP INDEX CONCURRENTLY IF EXISTS by_name', true, undefined],
  ['REINDEX (VERBOSE) TABLE CONCURRENTLY t', true, undefined],
  ['CREATE INDEX by_name ON t (name)', false, undefined],
  ['ALTER TABLE concurrently ADD COLUMN name text', false, undefined],
])('%s: outside a transaction %s, builds %s', (sql, concurrent, index) => {
  expect(isConcurrent(sql)).toBe(concurrent);
  expect(builtIndex(sql)).toBe(index);
});
