import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findSecurityCode } from './security-codes.ts';

const NAMES = ['cardSecurityCode', 'securityCode', 'cvc', 'cvc2', 'cvv', 'cvv2', 'cid', 'csc'];

/** What {@link findSecurityCode} promises, for names without special characters. */
function searchPlainly(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const members = Object.entries(value);
  const own = members.find(([name]) => NAMES.some((code) => code.toLowerCase() === name.toLowerCase()));
  if (own !== undefined) return `/${own[0]}`;
  for (const [name, member] of members) {
    const within = searchPlainly(member);
    if (within !== undefined) return `/${Array.isArray(value) || name === 'consent' ? name : '*'}${within}`;
  }
  return undefined;
}

describe('a field that would carry a security code is refused', () => {
  test.each(NAMES)('%s, in any case', (name) => {
    for (const spelling of [name, name.toUpperCase(), name.toLowerCase()]) {
      expect(findSecurityCode({ [spelling]: '123' })).toBe(`/${spelling}`);
    }
  });

  test('whatever its value', () => {
    for (const value of ['', '123', 0, null, {}, [], false]) expect(findSecurityCode({ cvc: value })).toBe('/cvc');
  });

  test('anywhere: nested in objects and arrays, and named by an RFC 6901 pointer, in which a name that no message has is *', () => {
    expect(findSecurityCode({ cards: [{ ok: 1 }, { 'a/b~c': { CVV2: '1' } }] })).toBe('/cards/1/*/CVV2');
    expect(findSecurityCode([[[{ csc: 1 }]]], '/at')).toBe('/at/0/0/0/csc');
    expect(findSecurityCode({ '5555555555554444': { cvv: '1' } }, '/at')).toBe('/at/*/cvv');
    expect(findSecurityCode({ accountReferences: { 0: { 'cvv ': { Cvc: 1 } } } })).toBe('/accountReferences/*/*/Cvc');
  });

  test('at any depth', () => {
    const property = fc.property(
      fc.array(fc.oneof(fc.string(), fc.nat(5)), { maxLength: 20 }),
      fc.constantFrom(...NAMES),
      (path, name) => {
        const nested = path.reduceRight<unknown>(
          (inner, step) => (typeof step === 'number' ? [...Array(step).fill(0), inner] : { [step]: inner }),
          { [name]: '1' },
        );
        expect(findSecurityCode(nested)).toBeDefined();
      },
    );
    fc.assert(property);
  });

  test('a body that nests deeper than the call stack is read to its end all the same', () => {
    const depth = 32_000;
    const deep: unknown = JSON.parse(`${'['.repeat(depth)}{"cvc":1}${']'.repeat(depth)}`);
    expect(findSecurityCode(deep)).toBe(`${'/0'.repeat(depth)}/cvc`);
    expect(findSecurityCode(JSON.parse('['.repeat(depth) + ']'.repeat(depth)))).toBeUndefined();
  });

  test('exactly where a plain search finds one: a name of the object itself, then in its members, in their order', () => {
    const name = fc.constantFrom(
      'a',
      'consent',
      'cvc2',
      'CVC',
      'Cid',
      'cvc22',
      'c\u0130d',
      'securityCode',
      'ſecurityCode',
      'cids',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        fc.constantFrom(null, 1, 'cvc'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(name, tie('tree'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(findSecurityCode(value)).toBe(searchPlainly(value));
      }),
      { numRuns: 1_000 },
    );
  });

  test('of several, the first is named', () => {
    expect(findSecurityCode({ a: { cvc: 1 }, b: { cvv: 1 } })).toBe('/*/cvc');
    expect(findSecurityCode([{ cvv: 1 }, { cvc: 1 }])).toBe('/0/cvv');
  });
});

test('nothing else is', () => {
  for (const value of [
    undefined,
    null,
    'cvc',
    5,
    ['cvc'],
    { name: 'cvc' },
    { cvc3: 1, cids: 1, codes: 1, securityCodes: 1, cvcx: 1, 'cvc ': 1, card: { number: 1 } },
  ]) {
    expect(findSecurityCode(value)).toBeUndefined();
  }
});
