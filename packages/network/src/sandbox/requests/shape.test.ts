import { expect, test } from 'vitest';
import { shapeOf } from './shape.ts';

test('a shape has names, types and lengths, and no value', () => {
  const value = {
    accountReferences: { cards: [{ primaryAccountNumber: '5555555555554444', panExpirationYear: 2032 }] },
    emailAdresses: null,
    consents: [],
    locale: true,
  };
  const shape = shapeOf(value, '/at');
  expect(shape).toEqual([
    { pointer: '/at', type: 'object' },
    { pointer: '/at/accountReferences', type: 'object' },
    { pointer: '/at/accountReferences/cards', type: 'array', length: 1 },
    { pointer: '/at/accountReferences/cards/0', type: 'object' },
    { pointer: '/at/accountReferences/cards/0/primaryAccountNumber', type: 'string', length: 16 },
    { pointer: '/at/accountReferences/cards/0/panExpirationYear', type: 'number' },
    { pointer: '/at/emailAdresses', type: 'null' },
    { pointer: '/at/consents', type: 'array', length: 0 },
    { pointer: '/at/locale', type: 'boolean' },
  ]);
  expect(JSON.stringify(shape)).not.toContain('5555');
});

test.each(['5555555555554444', 'avery@mail.example', 'Avery Quill', 'a/b', '15555550100'])(
  'a member’s name that is no field’s, such as %j, is a star',
  (name) => expect(shapeOf({ [name]: { [name]: 1 } }).map(({ pointer }) => pointer)).toEqual(['', '/*', '/*/*']),
);

test('is bounded, however large or deep the value is', () => {
  const deep = Array.from({ length: 1000 }).reduce((inner) => ({ cards: inner }), 1);
  expect(shapeOf(deep).length).toBeLessThan(12);
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, position) => [`n${position}`, position]));
  expect(shapeOf(wide)).toHaveLength(150);
  expect(shapeOf({ cards: Array(1000).fill('x') })).toHaveLength(5);
});
