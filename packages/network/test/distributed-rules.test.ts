import { describe, expect, test } from 'vitest';
import { type ForeignKey, findDistributedFaults } from './distributed-rules.ts';

const FOREIGN_KEYS: readonly ForeignKey[] = [
  { child: 'card', parent: 'holder', cascades: true },
  { child: 'receipt', parent: 'card', cascades: false },
];

describe('a statement that keeps the rules', () => {
  test.each([
    ['without a WITH', 'SELECT FROM card WHERE EXISTS (SELECT FROM holder)'],
    [
      'with parts in the order of the foreign keys',
      `WITH made AS (INSERT INTO holder SELECT $1 RETURNING holder_id), added AS (INSERT INTO card SELECT holder_id FROM made ON CONFLICT DO NOTHING)
       SELECT FROM made`,
    ],
    ['with a cascade', 'WITH gone AS (DELETE FROM holder RETURNING 1) DELETE FROM card'],
    [
      'with an empty list within EXISTS',
      'WITH a AS (SELECT card_id FROM card WHERE EXISTS (SELECT FROM holder)) SELECT FROM a',
    ],
    ['with words in a quoted text', `WITH a AS (SELECT 'SELECT FROM ctid random(' AS text) SELECT text FROM a`],
    [
      'with a stable function elsewhere',
      "UPDATE card SET a = a || jsonb_build_object('b', $1::text, 'd', NULL) WHERE c > now() RETURNING card_id",
    ],
    [
      'with a part that is read before a change, once',
      `WITH found AS MATERIALIZED (SELECT card_id, a FROM card), read AS (SELECT card_id FROM card),
            changed AS (UPDATE card SET a = 1 FROM read RETURNING card_id) SELECT a FROM changed JOIN found USING (card_id)`,
    ],
    ['with ctid and nothing volatile', 'DELETE FROM card WHERE ctid = ANY (ARRAY(SELECT ctid FROM card LIMIT 5))'],
    [
      'with something volatile and no ctid',
      `WITH relaxed AS (SELECT set_config('a', 'b', true)) DELETE FROM card USING relaxed`,
    ],
  ])('%s', (_, text) => expect(findDistributedFaults(text, FOREIGN_KEYS)).toEqual([]));
});

describe('a fault', () => {
  test.each([
    ['WITH a AS (SELECT FROM card) SELECT FROM a', 'a: an empty select list'],
    ['WITH a AS (SELECT) SELECT FROM a', 'a: an empty select list'],
    [
      "\n WITH first (x) AS (SELECT ')'), a AS NOT MATERIALIZED (SELECT  FROM card) SELECT FROM a",
      'a: an empty select list',
    ],
    ['WITH a AS (INSERT INTO card SELECT $1) SELECT 1', 'a: without ON CONFLICT or RETURNING'],
    [
      "WITH r AS (SELECT set_config('a', 'b', true)) DELETE FROM card USING r WHERE card.ctid = $1",
      'set_config is refused beside ctid',
    ],
    ['WITH t AS (SELECT pg_try_advisory_xact_lock(1)) SELECT ctid FROM card', 'pg_try_advisory_xact_lock is refused'],
    [
      'WITH a AS (INSERT INTO card SELECT $1 RETURNING 1), b AS (INSERT INTO holder SELECT $1 RETURNING 1) SELECT 1',
      'card is inserted before holder',
    ],
    [
      'WITH a AS (INSERT INTO card SELECT $1 RETURNING 1) INSERT INTO holder SELECT $1',
      'card is inserted before holder',
    ],
    ['WITH a AS (DELETE FROM card RETURNING 1) DELETE FROM receipt', 'card is deleted before receipt'],
    [
      'WITH gone AS (DELETE FROM holder RETURNING holder_id), kept AS (SELECT card_id FROM gone JOIN card USING (holder_id)) SELECT 1',
      'kept reads card after holder is deleted',
    ],
    ['UPDATE card SET a = 1 RETURNING pg_relation_size($1)', 'a size is 0'],
    ['SELECT pg_total_relation_size($1)', 'a size is 0'],
    [
      "WITH made AS (INSERT INTO card SELECT jsonb_build_object('a', (SELECT a FROM holder UNION SELECT 1)) RETURNING 1) SELECT 1",
      'made: jsonb_build_object beside holder is sent on with a gap',
    ],
    [
      "WITH a AS (UPDATE card SET a = 1 RETURNING card_id, jsonb_build_object('b', b)) SELECT card_id FROM a",
      'a: jsonb_build_object is refused there',
    ],
    [
      'UPDATE card SET a = CASE WHEN b + make_interval(days => 3) > $1 THEN 1 END WHERE c = $2',
      'make_interval is refused there',
    ],
    ["UPDATE card SET a = a - $1::integer * interval '1 second' WHERE c = $2", 'interval is refused there'],
    [
      'WITH found AS (SELECT card_id, a FROM card), changed AS (UPDATE card SET a = 1 RETURNING card_id) SELECT a FROM changed JOIN found USING (card_id)',
      'found reads card after changed has changed it: MATERIALIZED',
    ],
    [
      'WITH known AS (SELECT card_id FROM card), kept AS (INSERT INTO holder SELECT $1 RETURNING 1) SELECT EXISTS (SELECT FROM known), EXISTS (SELECT FROM kept)',
      'EXISTS (SELECT FROM known) is refused',
    ],
    [
      'WITH kept AS (INSERT INTO holder SELECT $1 RETURNING 1) SELECT holder_id FROM holder WHERE holder_id = $1',
      'the end reads holder after rows are added',
    ],
  ])('of %s', (text, fault) => {
    expect(findDistributedFaults(text, FOREIGN_KEYS)).toEqual([expect.stringContaining(fault)]);
  });
});
