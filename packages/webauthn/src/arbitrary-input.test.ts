/** For any JSON, a refusal is a CeremonyError and nothing else. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildCreation, buildUse, outcomeOf, POLICY } from '../test/valid-ceremony.ts';
import { readCeremony, verifyAssertion, verifyRegistration } from './index.ts';
import { readPublicKey } from './public-key.ts';
import { TRANSPORTS } from './transports.ts';

const creation = buildCreation({ attestation: 'packed-x5c' });
const use = await buildUse();
const refuses = async (verification: Promise<unknown>): Promise<void> => {
  expect(await outcomeOf(verification)).not.toBe('accepted');
};

const base64Url = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
const clientDataJSON = fc
  .record({ type: fc.constantFrom('webauthn.create', 'webauthn.get', 7), challenge: base64Url, origin: fc.jsonValue() })
  .map((clientData) => Buffer.from(JSON.stringify(clientData)).toString('base64url'));
/** The shape of a response, with any value in each member. */
const shaped = fc.record({
  id: fc.oneof(base64Url, fc.jsonValue()),
  rawId: fc.oneof(base64Url, fc.jsonValue()),
  type: fc.constantFrom('public-key', null),
  authenticatorAttachment: fc.jsonValue(),
  clientExtensionResults: fc.jsonValue(),
  response: fc.record({
    clientDataJSON: fc.oneof(clientDataJSON, base64Url, fc.jsonValue()),
    attestationObject: fc.oneof(base64Url, fc.jsonValue()),
    authenticatorData: fc.oneof(base64Url, fc.jsonValue()),
    signature: fc.oneof(base64Url, fc.jsonValue()),
    userHandle: fc.oneof(base64Url, fc.jsonValue()),
    transports: fc.jsonValue(),
  }),
});
const anything = fc.oneof(fc.jsonValue(), shaped);

describe('arbitrary JSON', { timeout: 60_000 }, () => {
  test('is no registration', () =>
    fc.assert(fc.asyncProperty(anything, (credential) => refuses(verifyRegistration({ ...creation, credential })))));

  test('is no assertion', () =>
    fc.assert(fc.asyncProperty(anything, (credential) => refuses(verifyAssertion({ ...use, credential })))));

  test('is read, or not, without a throw', () =>
    fc.assert(
      fc.property(anything, (credential) => {
        const read = readCeremony(credential);
        expect(read === undefined || ['CREATE', 'USE'].includes(read.ceremony)).toBe(true);
      }),
    ));
});

describe('§5.1: a valid response with one member of another kind is malformed', () => {
  type Members = Record<string, unknown>;
  const withMember = (credential: object, path: readonly string[], value: unknown): Members => {
    const [name = '', ...below] = path;
    const held = (credential as Members)[name] as object;
    return { ...credential, [name]: below.length === 0 ? value : withMember(held, below, value) };
  };
  const wrong = [undefined, null, 7, '', {}, [], 'not base64url!'];
  const inBoth = [['type'], ['response'], ['response', 'clientDataJSON']];
  const [inCreation, inUse] = [['attestationObject'], ['authenticatorData', 'signature']];

  test.each([...inBoth, ...inCreation.map((name) => ['response', name])])('creation, %s %s', async (...path) => {
    for (const value of wrong) {
      const credential = withMember(creation.credential, path.filter(Boolean), value);
      expect(await outcomeOf(verifyRegistration({ ...creation, credential }))).toBe('MALFORMED');
    }
  });

  test.each([...inBoth, ...inUse.map((name) => ['response', name])])('use, %s %s', async (...path) => {
    for (const value of wrong) {
      const credential = withMember(use.credential, path.filter(Boolean), value);
      expect(await outcomeOf(verifyAssertion({ ...use, credential }))).toBe('MALFORMED');
    }
  });

  test('id and rawId', async () => {
    for (const value of wrong) {
      const credential = { ...use.credential, id: value, rawId: value };
      expect(await outcomeOf(verifyAssertion({ ...use, credential }))).toBe('MALFORMED');
    }
  });
});

describe('a valid response with anything in its optional places', { timeout: 60_000 }, () => {
  const hint = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('platform', 'a-value-of-tomorrow', ''),
    fc.array(fc.oneof(fc.constantFrom(...TRANSPORTS), fc.string(), fc.jsonValue()), { maxLength: 12 }),
  );

  test('is taken, as a registration, with known transports', () =>
    fc.assert(
      fc.asyncProperty(hint, hint, hint, async (authenticatorAttachment, clientExtensionResults, transports) => {
        fc.pre(!isContradiction(clientExtensionResults));
        const response = { ...creation.credential.response, transports };
        const credential = { ...creation.credential, authenticatorAttachment, clientExtensionResults, response };
        const registration = await verifyRegistration({ ...creation, credential });
        for (const transport of registration.transports) expect(TRANSPORTS).toContain(transport);
        expect(new Set(registration.transports).size).toBe(registration.transports.length);
      }),
    ));

  test('is taken, as an assertion', () =>
    fc.assert(
      fc.asyncProperty(hint, hint, async (authenticatorAttachment, clientExtensionResults) => {
        const credential = { ...use.credential, authenticatorAttachment, clientExtensionResults };
        expect(await outcomeOf(verifyAssertion({ ...use, credential }))).toBe('accepted');
      }),
    ));

  /** `credProps.rk: false` contradicts the options, which asked for a discoverable credential. */
  function isContradiction(results: unknown): boolean {
    const { credProps } = (results ?? {}) as { readonly credProps?: { readonly rk?: unknown } | null };
    return credProps?.rk === false;
  }
});

describe('a valid response with bytes put, cut or changed anywhere', { timeout: 60_000 }, () => {
  const splice = fc.record({
    at: fc.nat(4000),
    remove: fc.nat(40),
    insert: fc.uint8Array({ maxLength: 40 }),
  });
  type Splice = { at: number; remove: number; insert: Uint8Array };

  function spliced(text: string, { at, remove, insert }: Splice): string {
    const bytes = Buffer.from(text, 'base64url');
    const start = at % bytes.length;
    const changed = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
    return changed.toString('base64url');
  }

  function isSameKey(changed: Uint8Array, original: Uint8Array): boolean {
    try {
      const [a, b] = [changed, original].map((bytes) => readPublicKey(bytes, POLICY.algorithms).key);
      return a !== undefined && b !== undefined && a.equals(b);
    } catch {
      return false;
    }
  }

  test('is refused by code, as a registration', () =>
    fc.assert(
      fc.asyncProperty(splice, fc.constantFrom('attestationObject', 'clientDataJSON'), async (change, member) => {
        const { response } = creation.credential;
        const text = spliced(response[member], change);
        fc.pre(text !== response[member]);
        const credential = { ...creation.credential, response: { ...response, [member]: text } };
        // This policy has no trust anchor, so a changed CA certificate is not noticed. Everything else is signed.
        const outcome = await outcomeOf(verifyRegistration({ ...creation, credential }));
        if (member === 'clientDataJSON') expect(outcome).not.toBe('accepted');
      }),
      { numRuns: 500 },
    ));

  test('is refused by code, as an assertion', () =>
    fc.assert(
      fc.asyncProperty(
        splice,
        fc.constantFrom('authenticatorData', 'clientDataJSON', 'signature'),
        async (change, member) => {
          const { response } = use.credential;
          const text = spliced(response[member], change);
          fc.pre(text !== response[member]);
          const credential = { ...use.credential, response: { ...response, [member]: text } };
          await refuses(verifyAssertion({ ...use, credential }));
        },
      ),
      { numRuns: 500 },
    ));

  test('is refused by code, as a stored key', () =>
    fc.assert(
      fc.asyncProperty(splice, async (change) => {
        const text = spliced(Buffer.from(use.passkey.publicKey).toString('base64url'), change);
        const publicKey = Buffer.from(text, 'base64url');
        // A COSE key may have labels that its algorithm does not use (RFC 9052 §7). They are ignored: it is still the same key.
        fc.pre(!isSameKey(publicKey, use.passkey.publicKey));
        await refuses(verifyAssertion({ ...use, policy: POLICY, passkey: { ...use.passkey, publicKey } }));
      }),
      { numRuns: 500, examples: [[{ at: 0, remove: 1, insert: Uint8Array.from([0xa6, 0x3a, 0, 1, 0, 0, 0]) }]] },
    ));
});

test('base64url has one spelling: padding, the other alphabet and stray bits are refused', async () => {
  const { id } = creation.credential;
  for (const spelling of [
    `${id}=`,
    `${id}\n`,
    `${id.slice(0, -1)}+`,
    id.replace(/.$/, (last) => (last === 'A' ? 'B' : last)),
  ]) {
    if (spelling === id) continue;
    const credential = { ...creation.credential, id: spelling, rawId: spelling };
    await refuses(verifyRegistration({ ...creation, credential }));
  }
});
