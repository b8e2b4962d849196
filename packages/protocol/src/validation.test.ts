import fc from 'fast-check';
import Type from 'typebox';
import { describe, expect, test } from 'vitest';
import { ResultRequest } from './ceremonies.ts';
import { Text } from './fields.ts';
import { SrcSessionInitiationRequestInfo } from './sessions.ts';
import { compileSchema } from './validation.ts';

describe('a violation', () => {
  const schema = compileSchema(
    Type.Object({
      name: Type.String({ maxLength: 3 }),
      'a/b~c': Type.Optional(Type.Object({ 'd/e': Type.Array(Type.Integer()) })),
      kind: Type.Optional(Type.Enum(['A', 'B'])),
      when: Type.Optional(Type.String({ format: 'date-time' })),
    }),
  );
  const told = (value: unknown) =>
    schema.violations(value).map(({ pointer, kind, problem }) => [pointer, kind, problem]);

  test.each([
    [{}, [['/name', 'MISSING_FIELD', 'is required']]],
    [null, [['', 'INVALID_FIELD', 'must be object']]],
    [[], [['', 'INVALID_FIELD', 'must be object']]],
    [{ name: 1 }, [['/name', 'INVALID_FIELD', 'must be string']]],
    [{ name: null }, [['/name', 'INVALID_FIELD', 'must be string']]],
    [{ name: 'abc', kind: 'C' }, [['/kind', 'INVALID_FIELD', 'is not one of the allowed values']]],
    [{ name: 'abc', when: 'today' }, [['/when', 'INVALID_FIELD', 'is not a valid date-time']]],
  ])('of %j is %j', (value, expected) => {
    expect(told(value)).toEqual(expected);
  });

  test('points by RFC 6901: ~ is ~0, / is ~1', () => {
    expect(told({ name: '', 'a/b~c': { 'd/e': [0, 'x'] } })).toEqual([
      ['/a~1b~0c/d~1e/1', 'INVALID_FIELD', 'must be integer'],
    ]);
    expect(told({ name: '', 'a/b~c': {} })).toEqual([['/a~1b~0c/d~1e', 'MISSING_FIELD', 'is required']]);
  });

  test('never carries the value', () => {
    const secret = '5555555555554444';
    for (const value of [{ name: secret }, { name: '', kind: secret }, { name: '', when: secret }, secret, [secret]]) {
      expect(JSON.stringify(schema.violations(value))).not.toContain(secret);
    }
  });

  test('there are at most eight of them, one a field', () => {
    const many = compileSchema(Type.Array(Type.String({ pattern: 'b' })));
    const violations = many.violations(Array(20).fill('a'));
    expect(violations.map(({ pointer }) => pointer)).toEqual(['/0', '/1', '/2', '/3', '/4', '/5', '/6', '/7']);
  });

  test('an unknown field is none', () => expect(schema.violations({ name: 'abc', other: 1 })).toEqual([]));

  test('there is one exactly where the value is not accepted', () => {
    fc.assert(fc.property(fc.anything(), (value) => (schema.violations(value).length === 0) === schema.accepts(value)));
  });
});

describe('of alternatives, the one that was meant is judged', () => {
  const credential = compileSchema(ResultRequest);
  const common = { id: 'AA', rawId: 'AA', type: 'public-key' };
  const registration = { ...common, response: { clientDataJSON: 'AA', attestationObject: 'AA' } };
  const assertion = { ...common, response: { clientDataJSON: 'AA', authenticatorData: 'AA', signature: 'AA' } };
  const pointers = (value: unknown) => credential.violations(value).map(({ pointer }) => pointer);

  test.each([
    [{ ...registration, id: '*' }, ['/credential/id']],
    [
      { ...registration, response: { ...registration.response, attestationObject: 5 } },
      ['/credential/response/attestationObject'],
    ],
    [{ ...assertion, response: { ...assertion.response, signature: '+' } }, ['/credential/response/signature']],
    [{ ...assertion, authenticatorAttachment: 5 }, ['/credential/authenticatorAttachment']],
    [
      { ...common, response: { clientDataJSON: 'AA', authenticatorData: 'AA' } },
      ['/credential/response/attestationObject', '/credential/response/signature'],
    ],
    [{ ...assertion, response: { ...assertion.response, userHandle: 5 } }, ['/credential/response/userHandle']],
    ['text', ['/credential']],
    [null, ['/credential']],
  ])('%j is wrong at %j', (value, expected) => {
    expect(pointers({ credential: value })).toEqual(expected);
  });

  test('items of a list are judged one by one', () => {
    const list = compileSchema(Type.Array(Type.Union([Type.Object({ a: Type.Integer() }), Type.Null()])));
    const value = [{ a: 'x' }, null, { a: 1 }, {}, 'text'];
    expect(list.violations(value).map(({ pointer, kind }) => `${pointer} ${kind}`)).toEqual([
      '/0/a INVALID_FIELD',
      '/3/a MISSING_FIELD',
      '/4 INVALID_FIELD',
    ]);
  });
});

describe('text', () => {
  const text = compileSchema(Text(5));
  test.each(['a', 'abcde', 'é漢😀', '😀😀😀😀😀', "a'<&"])('%j is taken', (value) => {
    expect(text.accepts(value)).toBe(true);
  });
  test.each(['', 'abcdef', 'a\0', 'a\nb', '\u001b[0m', '\u007f', '\u0085', '\ud83d', 5, null])(
    '%j is refused',
    (value) => {
      expect(text.accepts(value)).toBe(false);
    },
  );
});

test('every string of a Sessions call has an upper bound', () => {
  const unbounded: string[] = [];
  const left: [string, unknown][] = [['', SrcSessionInitiationRequestInfo]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [at, schema] = next;
    if (typeof schema !== 'object' || schema === null) continue;
    if ('type' in schema && schema.type === 'string' && !('maxLength' in schema)) unbounded.push(at);
    if ('type' in schema && schema.type === 'array' && !('maxItems' in schema)) unbounded.push(at);
    for (const [name, member] of Object.entries(schema)) left.push([`${at}/${name}`, member]);
  }
  expect(unbounded).toEqual([]);
});

describe('an optional field that is null is as if absent (contract §1)', () => {
  const Inner = Type.Object({ kept: Type.Integer(), gone: Type.Optional(Type.String()) });
  const Message = Type.Object({
    required: Type.Union([Type.String(), Type.Null()]),
    optional: Type.Optional(Inner),
    list: Type.Optional(Type.Array(Inner)),
    either: Type.Optional(Type.Union([Inner, Type.Object({ gone: Type.Null() })])),
  });
  const read = (value: unknown) => compileSchema(Message).withoutNulls(value);

  test.each([
    [{ required: 'a', optional: null, list: null, either: null }, { required: 'a' }],
    [{ required: null }, { required: null }],
    [
      { required: 'a', optional: { kept: 1, gone: null } },
      { required: 'a', optional: { kept: 1 } },
    ],
    [
      { required: 'a', list: [{ kept: 1, gone: null }, null, { kept: null }] },
      { required: 'a', list: [{ kept: 1 }, null, { kept: null }] },
    ],
    [
      { required: 'a', either: { kept: 1, gone: null } },
      { required: 'a', either: { kept: 1 } },
    ],
    [
      { required: 'a', either: { gone: null } },
      { required: 'a', either: { gone: null } },
    ],
    [
      { unknown: null, nested: { unknown: null } },
      { unknown: null, nested: { unknown: null } },
    ],
    [null, null],
    ['text', 'text'],
    [[null], [null]],
  ])('%j is %j', (value, expected) => expect(read(value)).toEqual(expected));

  test('what has none is the same object', () => {
    const value = { required: 'a', optional: { kept: 1 }, list: [{ kept: 1 }], more: null };
    expect(read(value)).toBe(value);
  });

  test('a name of the prototype is a name like another', () => {
    const value: unknown = JSON.parse('{"__proto__":null,"required":"a","optional":null,"constructor":null}');
    expect(JSON.stringify(read(value))).toBe('{"__proto__":null,"required":"a","constructor":null}');
  });
});
