/** The credentials of password managers: a missing optional member never makes a credential fail. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { credentialToJson, readOptional } from './browser-objects.ts';
import { AuthenticationCredential, RegistrationCredential } from './ceremonies.ts';
import { compileSchema } from './validation.ts';

const bytes = (...values: number[]) => Uint8Array.from(values).buffer;
const throwing = () => {
  throw new TypeError('Illegal invocation');
};

const CREATED = {
  type: 'public-key',
  id: 'AQID',
  rawId: bytes(1, 2, 3),
  authenticatorAttachment: 'platform',
  getClientExtensionResults: () => ({ credProps: { rk: true } }),
  response: { clientDataJSON: bytes(4), attestationObject: bytes(251, 255), getTransports: () => ['internal'] },
};
const CREATED_JSON = {
  type: 'public-key',
  id: 'AQID',
  rawId: 'AQID',
  authenticatorAttachment: 'platform',
  clientExtensionResults: { credProps: { rk: true } },
  response: { clientDataJSON: 'BA', attestationObject: '-_8', transports: ['internal'] },
};
const USED = {
  ...CREATED,
  response: { clientDataJSON: bytes(4), authenticatorData: bytes(5), signature: bytes(6), userHandle: bytes(7) },
};
const USED_JSON = {
  ...CREATED_JSON,
  response: { clientDataJSON: 'BA', authenticatorData: 'BQ', signature: 'Bg', userHandle: 'Bw' },
};

describe('a credential becomes its JSON form (WebAuthn L3 §5.1)', () => {
  test.each([
    ['made', CREATED, CREATED_JSON],
    ['used', USED, USED_JSON],
    ['of views of a longer buffer', { ...CREATED, rawId: Uint8Array.of(0, 1, 2, 3).subarray(1) }, CREATED_JSON],
  ])('%s', (_title, credential, json) => expect(credentialToJson(credential)).toEqual(json));

  test.each([
    ['has no toJSON', {}],
    ['has a toJSON that throws', { toJSON: throwing }],
    ['has a toJSON that returns something else', { toJSON: () => ({ rawId: {} }) }],
  ])('whose object %s', (_title, broken) => {
    expect(credentialToJson({ ...CREATED, ...broken })).toEqual(CREATED_JSON);
  });

  test('by toJSON where the buffers cannot be read', () => {
    const toJSON = () => CREATED_JSON;
    expect(credentialToJson({ ...CREATED, response: {}, toJSON })).toBe(CREATED_JSON);
    expect(credentialToJson({ toJSON })).toBe(CREATED_JSON);
  });

  test.each([
    ['getTransports', { response: { ...CREATED.response, getTransports: throwing } }, 'transports'],
    ['transports', { response: { ...CREATED.response, getTransports: () => null } }, 'transports'],
    ['getTransports altogether', { response: { ...CREATED.response, getTransports: undefined } }, 'transports'],
  ])('without %s: the transports are left out', (_title, broken, name) => {
    const { [name as 'transports']: _, ...response } = CREATED_JSON.response;
    expect(credentialToJson({ ...CREATED, ...broken })).toEqual({ ...CREATED_JSON, response });
  });

  test.each([
    [{ getClientExtensionResults: undefined }, { clientExtensionResults: {} }],
    [{ getClientExtensionResults: throwing }, { clientExtensionResults: {} }],
    [{ getClientExtensionResults: () => null }, { clientExtensionResults: {} }],
    [{ getClientExtensionResults: () => ({ big: 1n }) }, { clientExtensionResults: {} }],
    [{ authenticatorAttachment: 7 }, { authenticatorAttachment: '7' }],
    [{ authenticatorAttachment: '' }, { authenticatorAttachment: null }],
    [{ authenticatorAttachment: undefined }, { authenticatorAttachment: null }],
    [{ rawId: undefined }, {}],
  ])('with %o: %o', (broken, changed) => {
    expect(credentialToJson({ ...CREATED, ...broken })).toEqual({ ...CREATED_JSON, ...changed });
  });

  test('whose getters throw, as on an object with the prototype of a credential that is none', () => {
    const credential = Object.create(
      {},
      {
        id: { get: () => 'AQID' },
        rawId: { get: throwing },
        authenticatorAttachment: { get: throwing },
        getClientExtensionResults: { get: throwing },
        toJSON: { get: throwing },
        response: { get: () => Object.create({ ...USED.response }, { userHandle: { get: throwing } }) },
      },
    );
    const { userHandle: _, ...response } = USED_JSON.response;
    const expected = { ...USED_JSON, response, authenticatorAttachment: null, clientExtensionResults: {} };
    expect(credentialToJson(credential)).toEqual(expected);
  });

  test.each([undefined, null, 7, {}, { response: {} }, { ...CREATED, response: { clientDataJSON: bytes(4) } }])(
    'not of %o, which is no credential',
    (given) => expect(() => credentialToJson(given)).toThrow(),
  );
});

describe('whatever stands in the optional places', { timeout: 60_000 }, () => {
  const kinds = [compileSchema(RegistrationCredential), compileSchema(AuthenticationCredential)] as const;
  const value = fc.oneof(fc.anything({ withBigInt: true, withDate: true, withMap: true }), fc.string());
  /** A member or method with any value, or one that throws. */
  const member = fc.oneof(
    value.map((each) => ({ value: each })),
    value.map((each) => ({ value: () => each })),
    fc.constant({ get: throwing }),
    fc.constant({ value: throwing }),
    fc.constant(undefined),
  );
  const members = (...names: string[]) => fc.record(Object.fromEntries(names.map((name) => [name, member])));
  const define = (target: object, properties: Record<string, PropertyDescriptor | undefined>) => {
    const given = Object.entries(properties).filter(([, property]) => property !== undefined);
    return Object.defineProperties({ ...target }, Object.fromEntries(given) as PropertyDescriptorMap);
  };

  test.each([
    ['made', 0, CREATED, ['getTransports']],
    ['used', 1, USED, ['userHandle']],
  ] as const)('a credential that was %s reaches the network', (_title, kind, credential, ofResponse) => {
    const outer = members('rawId', 'authenticatorAttachment', 'getClientExtensionResults', 'toJSON', 'type');
    fc.assert(
      fc.property(outer, members(...ofResponse), (changes, inner) => {
        const given = define({ ...credential, response: define(credential.response, inner) }, changes);
        // The JSON as it is sent.
        const json: unknown = JSON.parse(JSON.stringify(credentialToJson(given)));
        expect(kinds[kind].violations(json)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

test('what throws is undefined, and nothing else is', () => {
  expect(readOptional(throwing)).toBeUndefined();
  for (const value of [0, '', false, null]) expect(readOptional(() => value)).toBe(value);
});
