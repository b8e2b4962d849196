import { describe, expect, test } from 'vitest';
import { findUnknownFields, shownToken } from './field-names.ts';
import { BindingTransactionInfo, CardTransactionInfo } from './transactions.ts';

describe('a member’s name in what is shown', () => {
  test.each(['accountReferences', 'cards', 'primaryAccountNumber', 'transaction', 'credential', 'locale', 'outcome'])(
    '%s: a message has it',
    (name) => expect(shownToken(name)).toBe(name),
  );

  test.each(['5555555555554444', 'extra', 'Cards', 'avery@mail.example', '', '0', 'a/b', '__proto__', 'constructor'])(
    '%j: no message has it, so it is a star',
    (name) => expect(shownToken(name)).toBe('*'),
  );
});

describe('the unknown fields of a message', () => {
  const find = (value: unknown) => findUnknownFields(value, [CardTransactionInfo, BindingTransactionInfo]);

  test('are those that none of its schemas has at the top level', () => {
    expect(find({ bindingId: 'b', accountReferences: { other: 1 }, transaction: {}, locale: 'en' })).toEqual({
      names: [],
      more: 0,
    });
    expect(find({ bindingID: 'b', consent: {} })).toEqual({ names: ['bindingID', 'consent'], more: 0 });
  });

  test('are named where they look like a field’s name, eight at most, and counted', () => {
    expect(find({ 5555555555554444: 1, 'a@b.c': 1, 'Avery Quill': 1, cvv2: 1, misspelt: 1 })).toEqual({
      names: ['misspelt'],
      more: 4,
    });
    const many = Object.fromEntries([...'abcdefghijkl'].map((letter) => [`field${letter}`, 1]));
    expect(find(many)).toMatchObject({ names: expect.objectContaining({ length: 8 }), more: 4 });
    expect(find({ ['x'.repeat(41)]: 1 })).toEqual({ names: [], more: 1 });
  });

  test.each([null, undefined, 5, 'text', [1, 2]])('%j has none', (value) =>
    expect(find(value)).toEqual({ names: [], more: 0 }),
  );
});
