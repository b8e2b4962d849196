import { describe, expect, expectTypeOf, test } from 'vitest';
import { column, columnNames, type NewRowOf, newValues, nullable, outer, type RowOf, selectList } from './columns.ts';
import { bind, statement } from './statement.ts';
import { literals, numberValues, type Sql, sql } from './template.ts';

const CARD = {
  cardId: column.text('card.card_id'),
  brand: nullable(column.text<'VISA' | 'JCB'>('brand')),
  active: column.boolean(sql`closed_at IS NULL`),
};

describe('a template', () => {
  test('numbers its values by name, in the order in which they first appear', () => {
    const update = sql`UPDATE card SET closed_at = ${'now'} WHERE card_id = ${'cardId'} AND opened_at < ${'now'}`;
    expect(numberValues(update)).toEqual({
      text: 'UPDATE card SET closed_at = $1 WHERE card_id = $2 AND opened_at < $1',
      names: ['now', 'cardId'],
    });
  });

  test('takes other SQL in, whose values are numbered with its own', () => {
    const open = sql`closed_at > ${'now'} AND brand = ${'brand'}`;
    const twice = sql`SELECT FROM card WHERE card_id = ${'cardId'} AND ${sql`(${open})`} AND limited_at > ${'now'}`;
    expect(numberValues(twice)).toEqual({
      text: 'SELECT FROM card WHERE card_id = $1 AND (closed_at > $2 AND brand = $3) AND limited_at > $2',
      names: ['cardId', 'now', 'brand'],
    });
    expectTypeOf(twice).toEqualTypeOf<Sql<'cardId' | 'now' | 'brand'>>();
  });

  test('writes whole numbers and listed constants into the text', () => {
    const { text } = numberValues(sql`WHERE state IN (${literals(['open', "card's"])}) LIMIT ${500}`);
    expect(text).toBe("WHERE state IN ('open', 'card''s') LIMIT 500");
  });

  test.each([
    ['a string that is not a name', () => sql`WHERE name = ${"x' OR true --"}`],
    ['a number that is not whole', () => sql`LIMIT ${0.5}`],
    ['a column that is not a plain name', () => selectList({ name: column.text('name, secret') })],
    ['an expression as the column of a new row', () => columnNames({ active: column.boolean(sql`true`) })],
    ['a selected column without a source', () => selectList({ name: column.text() })],
  ])('%s is refused', (_, build) => expect(build).toThrow(RangeError));
});

describe('columns', () => {
  test('are listed for SELECT under their fields, and for INSERT by their names', () => {
    expect(numberValues(selectList(CARD)).text).toBe(
      'card.card_id AS "cardId", brand AS "brand", closed_at IS NULL AS "active"',
    );
    const { brand, cardId } = CARD;
    expect(numberValues(columnNames({ cardId, brand })).text).toBe('card.card_id, brand');
    expect(numberValues(newValues({ cardId, brand }))).toEqual({
      text: '$1::text, $2::text',
      names: ['cardId', 'brand'],
    });
  });

  test('give the type of a row, and of a new one', () => {
    type Card = { readonly cardId: string; readonly brand: 'VISA' | 'JCB' | null; readonly active: boolean };
    expectTypeOf<RowOf<typeof CARD>>().toEqualTypeOf<Card>();
    expectTypeOf<{ cardId: string; active: boolean }>().toExtend<NewRowOf<typeof CARD>>();
    expectTypeOf<{ cardId: string }>().not.toExtend<NewRowOf<typeof CARD>>();
  });

  test('of a part that may have no row may all be null', () => {
    expect(outer(CARD).cardId).toMatchObject({ type: 'text', nullable: true });
    expectTypeOf<RowOf<ReturnType<typeof outer<typeof CARD>>>['active']>().toEqualTypeOf<boolean | null>();
  });
});

describe('a statement', () => {
  const close = statement({
    name: 'card-close',
    text: sql`UPDATE card SET closed_at = ${'now'} WHERE card_id = ${'cardId'} RETURNING ${selectList(CARD)}`,
    returns: CARD,
  });

  test('has one text, and takes its values by name', () => {
    const values = { cardId: 'a', now: new Date(0), unused: 1 };
    expect(bind(close, values)).toEqual({ name: 'card-close', text: close.text, values: [new Date(0), 'a'] });
    expect(bind(close, { cardId: 'b', now: undefined }).text).toBe(close.text);
  });

  test('without a name is not prepared', () => {
    expect(bind(statement({ text: sql`SELECT` }), {})).toEqual({ text: 'SELECT', values: [] });
  });

  test('a value that is missing is refused, by its type and when it is executed', () => {
    // @ts-expect-error: no value for `now`.
    expect(() => bind(close, { cardId: 'a' })).toThrow(RangeError);
  });
});
