import { describe, expect, test } from 'vitest';
import { findObjections } from './migration-rules.ts';

const objections = (sql: string) =>
  findObjections('0009-some.sql', sql).map(({ line, reason }) => `${line}: ${reason}`);

describe('refused, with the reason', () => {
  test.each([
    ['CREATE INDEX by_name ON session (name)', /stops every write/],
    ['CREATE UNIQUE INDEX by_name ON session (name)', /stops every write/],
    ['CREATE INDEX CONCURRENTLY by_name ON session (name)', /makes it run again/],
    ['DROP INDEX CONCURRENTLY by_name', /makes it run again/],
    ['DROP INDEX IF EXISTS by_name', /locks everybody out/],
    ['REINDEX TABLE session', /locks everybody out/],
    ['ALTER TABLE session ADD COLUMN name text NOT NULL', /fails on a table that has rows/],
    ['ALTER TABLE session ADD name text, ADD COLUMN age int NOT NULL', /fails on a table that has rows/],
    ['ALTER TABLE session ADD COLUMN id uuid DEFAULT gen_random_uuid()', /writes every row anew/],
    ['ALTER TABLE session ADD COLUMN id bigserial', /writes every row anew/],
    ['ALTER TABLE session ADD COLUMN full text GENERATED ALWAYS AS (a || b) STORED', /writes every row anew/],
    ['ALTER TABLE session ADD COLUMN client_id text REFERENCES client', /reads the whole table/],
    ['ALTER TABLE session ADD COLUMN name text UNIQUE', /reads the whole table/],
    ['ALTER TABLE session ADD CONSTRAINT named CHECK (name IS NOT NULL)', /reads the whole table/],
    ['ALTER TABLE session ADD FOREIGN KEY (client_id) REFERENCES client', /reads the whole table/],
    ['ALTER TABLE session ADD CONSTRAINT one UNIQUE (name)', /reads the whole table/],
    ['ALTER TABLE session ALTER COLUMN age TYPE bigint', /writes every row anew/],
    ['ALTER TABLE session ALTER age SET DATA TYPE bigint', /writes every row anew/],
    ['ALTER TABLE session ALTER COLUMN name SET NOT NULL', /reads the whole table/],
    ['ALTER TABLE session SET UNLOGGED', /locks everybody out/],
    ['VACUUM FULL session', /locks everybody out/],
    ['TRUNCATE session', /locks everybody out/],
    ['LOCK TABLE session', /locks everybody out/],
    ["UPDATE session SET name = ''", /housekeeping/],
    ['DELETE FROM session', /housekeeping/],
    ['COMMIT', /the runner begins and ends/],
    ['ALTER TABLE session ADD COLUMN name text;\nALTER TABLE client ADD COLUMN name text', /while it holds another/],
    [
      'ALTER TABLE session ADD COLUMN a text;\nCREATE TABLE b (a text, c text REFERENCES client)',
      /while it holds another/,
    ],
    ['ALTER TABLE session VALIDATE CONSTRAINT named', /in a file "concurrently"/],
    ['-- migrate: compatible\nALTER TABLE session DROP COLUMN name', /the version before reads/],
    ['-- migrate: compatible\nALTER TABLE session DROP name', /the version before reads/],
    ['-- migrate: compatible\nALTER TABLE session RENAME COLUMN name TO title', /the version before reads/],
    ['-- migrate: compatible\nDROP TABLE session', /the version before reads/],
  ])('%s', (sql, reason) => {
    expect(objections(`${sql};`)).toEqual([expect.stringMatching(reason)]);
  });
});

describe('allowed', () => {
  test.each([
    'ALTER TABLE session ADD COLUMN name text',
    "ALTER TABLE session ADD COLUMN kind text NOT NULL DEFAULT 'a', ADD COLUMN more text",
    'ALTER TABLE session ADD COLUMN kind boolean DEFAULT false NOT NULL',
    'ALTER TABLE session ADD CONSTRAINT named CHECK (name IS NOT NULL) NOT VALID',
    'ALTER TABLE session ADD CONSTRAINT one UNIQUE USING INDEX by_name',
    'ALTER TABLE session DROP CONSTRAINT IF EXISTS named, ALTER COLUMN name DROP NOT NULL',
    'ALTER TABLE session SET (fillfactor = 85)',
    'ALTER TABLE session ADD COLUMN name text;\nALTER TABLE session ADD COLUMN age int',
    '-- migrate: concurrently\nALTER TABLE session ADD COLUMN name text;\nALTER TABLE client ADD COLUMN name text',
    '-- migrate: concurrently\nALTER TABLE session VALIDATE CONSTRAINT named',
    '-- migrate: concurrently\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS by_name ON session (name)',
    '-- migrate: compatible\nALTER TABLE session DROP CONSTRAINT named, ALTER COLUMN name DROP DEFAULT',
    'ALTER TABLE session DROP COLUMN name',
    "INSERT INTO settings VALUES ('UPDATE session; DROP TABLE session')",
    'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE session SET name = NULL; RETURN NEW; END $$',
    'CREATE TABLE fresh (id text PRIMARY KEY, client_id text NOT NULL REFERENCES client);\nCREATE INDEX by_client ON fresh (client_id)',
  ])('%s', (sql) => {
    expect(objections(`${sql};`)).toEqual([]);
  });
});

test('each statement by its line', () => {
  expect(objections('-- why\nTRUNCATE a;\n\nSELECT 1;\nTRUNCATE b;').map((text) => text.slice(0, 2))).toEqual([
    '2:',
    '5:',
  ]);
});
