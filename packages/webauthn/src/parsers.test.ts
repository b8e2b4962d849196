/** The parsers of bytes from outside (CBOR, DER, certificates, TPM structures, BLOBs): any bytes give a result or the parser's own error, without delay. */
import { createCertificateAuthority, encodeCbor } from '@payment-passkeys/authenticator';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildAttestedCreation } from '../test/attested-creation.ts';
import { outcomeOf, POLICY } from '../test/valid-ceremony.ts';
import { authenticationOf, decode, registrationOf, shownBy, VECTORS, type Vector } from '../test/vectors.ts';
import { readAttestationObject } from './attestation/attestation-object.ts';
import { type CborValue, decodeCbor } from './cbor.ts';
import { readCertificate } from './certificates/certificate.ts';
import { membersOf, readDer, readObjectIdentifier, readSmallInteger } from './certificates/der.ts';
import { MetadataError, verifyAssertion, verifyRegistration } from './index.ts';
import { readMetadataBlob } from './metadata/metadata-blob.ts';

/** `npm run drills` runs each property twenty times as often. */
const DRILL = process.env.DRILLS ? 20 : 1;

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('RFC 8949: CBOR', () => {
  const key = fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 }), fc.string());
  const { value } = fc.letrec<{ value: CborValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
      fc.string({ unit: 'grapheme' }),
      fc.boolean(),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.array(tie('value'), { maxLength: 5 }),
      fc
        .uniqueArray(fc.tuple(key, tie('value')), { maxLength: 5, selector: ([name]) => name })
        .map((it) => new Map(it)),
    ),
  }));

  test('what the software authenticator encodes, it decodes', () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(decodeCbor(encodeCbor(original as never))).toEqual(original);
      }),
    );
  });

  test('any bytes are a value in its one spelling, or a SyntaxError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const read = attempted(() => decodeCbor(bytes));
        if (read !== undefined && !holdsNull(read)) expect(encodeCbor(read as never)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 500 * DRILL },
    );
  });

  test.each([
    ['nothing', ''],
    ['an integer longer than it need be', '1817'],
    ['… of two bytes', '1900ff'],
    ['… of four bytes', '1a0000ffff'],
    ['… of eight bytes', '1b0000000100000000'],
    ['a reserved length', '1c'],
    ['an indefinite byte string', '5f4101ff'],
    ['an indefinite array', '9f01ff'],
    ['an indefinite map', 'bf0102ff'],
    ['a byte string cut short', '4201'],
    ['a byte string of four gigabytes', '5affffffff00'],
    ['an array of four billion', '9affffffff'],
    ['a map of four billion', 'baffffffff'],
    ['a map without its last value', 'a101'],
    ['a key twice', 'a201020103'],
    ['a key that is a byte string', 'a1410102'],
    ['a key that is a map', 'a1a002'],
    ['text that is not UTF-8', '62c328'],
    ['a tag', 'c100'],
    ['undefined', 'f7'],
    ['a half-precision float', 'f93c00'],
    ['a simple value', 'f0'],
    ['a break', 'ff'],
    ['two items', '0101'],
    ['nine arrays in each other', '818181818181818180'],
  ])('is no CBOR of WebAuthn: %s', (_, bytes) => {
    expect(() => decodeCbor(hex(bytes))).toThrow(SyntaxError);
  });

  test.each<[string, CborValue]>([
    ['8181818181818180', [[[[[[[[]]]]]]]]],
    ['f6', null],
    [
      'a2 63 666d74 00 01 f5',
      new Map<string | number, CborValue>([
        ['fmt', 0],
        [1, true],
      ]),
    ],
  ])('is: %s', (bytes, expected) => {
    expect(decodeCbor(hex(bytes))).toEqual(expected);
  });
});

describe('X.690: DER', () => {
  test('any bytes are an element or a SyntaxError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const element = attempted(() => readDer(Buffer.from(bytes)));
        if (element !== undefined) attempted(() => membersOf(element));
      }),
      { numRuns: 500 * DRILL },
    );
  });

  test.each([
    ['no length', '30'],
    ['an indefinite length', '3080 0000'],
    ['a length longer than it need be', '308103 020100'],
    ['… of two bytes', '30820003 020100'],
    ['a length of four bytes', '3084 00000003 020100'],
    ['content cut short', '3004 020100'],
    ['a byte behind it', '3003 020100 00'],
    ['a tag of four bytes', 'bf818100 00'],
  ])('no element: %s', (_, bytes) => {
    expect(() => readDer(hex(bytes))).toThrow(SyntaxError);
  });

  test.each([
    ['06 03 550406', '2.5.4.6'],
    ['06 0a 2b06010401d679020111', '1.3.6.1.4.1.11129.2.1.17'],
    ['06 02 8837', '2.999'],
    ['06 01 27', '0.39'],
  ])('object identifier %s is %s', (bytes, expected) => {
    expect(readObjectIdentifier(readDer(hex(bytes)))).toBe(expected);
  });

  test('integers are not negative, and below 2⁴⁸', () => {
    expect(readSmallInteger(readDer(hex('0202012c')))).toBe(300);
    for (const bytes of ['0200', '0201ff', '020700ffffffffffff', '040100']) {
      expect(() => readSmallInteger(readDer(hex(bytes))), bytes).toThrow(SyntaxError);
    }
  });
});

describe('spliced anywhere, what was valid is refused by its own code', { timeout: 60_000 }, () => {
  const splice = fc.record({ at: fc.nat(5000), remove: fc.nat(30), insert: fc.uint8Array({ maxLength: 30 }) });
  const spliced = (bytes: Buffer, { at, remove, insert }: { at: number; remove: number; insert: Uint8Array }) => {
    const start = at % bytes.length;
    return Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
  };

  test('W3C registrations', () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom(...VECTORS), splice, async (vector, change) => {
        const { credential, ...registration } = registrationOf(vector);
        const original = decode(vector.registration.attestationObject);
        const bytes = spliced(original, change);
        const response = { ...credential.response, attestationObject: bytes.toString('base64url') };
        const outcome = await outcomeOf(
          verifyRegistration({ ...registration, credential: { ...credential, response } }),
        );
        if (outcome === 'accepted') expectFreelyChanged(vector, original, bytes);
      }),
      { numRuns: 150 * DRILL },
    ));

  test('W3C authentications', () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...VECTORS),
        fc.constantFrom('authenticatorData' as const, 'clientDataJSON' as const, 'signature' as const),
        splice,
        async (vector, member, change) => {
          const { credential, ...authentication } = authenticationOf(vector);
          const original = decode(vector.authentication[member]);
          const bytes = spliced(original, change);
          fc.pre(!bytes.equals(original));
          const response = { ...credential.response, [member]: bytes.toString('base64url') };
          const input = { ...authentication, credential: { ...credential, response } };
          expect(await outcomeOf(verifyAssertion(input))).not.toBe('accepted');
        },
      ),
      { numRuns: 150 * DRILL },
    ));

  const authority = createCertificateAuthority({ commonName: 'Example Attestation CA' });

  test('certificates', () => {
    fc.assert(
      fc.property(splice, (change) => {
        const bytes = spliced(authority.certificate, change);
        try {
          readCertificate(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 100 * DRILL },
    );
  });

  test.each(['certInfo', 'pubArea', 'x5c'])("a TPM statement's %s", (member) =>
    fc.assert(
      fc.asyncProperty(splice, async (change) => {
        const statement = (valid: Map<string, unknown>) => {
          const held = valid.get(member);
          const bytes = spliced(Buffer.isBuffer(held) ? held : ((held as Buffer[])[0] as Buffer), change);
          return new Map([...valid, [member, Buffer.isBuffer(held) ? bytes : [bytes]]]) as never;
        };
        const creation = buildAttestedCreation({ format: 'tpm', authority, policy: POLICY, statement });
        const outcome = await outcomeOf(verifyRegistration(creation));
        expect(['accepted', 'ATTESTATION_INVALID']).toContain(outcome);
      }),
      { numRuns: 15 * DRILL },
    ),
  );

  test('BLOBs', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.array(fc.jsonValue(), { maxLength: 4 }), (text, parts) => {
        const encoded = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
        for (const blob of [text, encoded]) {
          expect(() => readMetadataBlob(blob, { roots: [], signer: 'mds.example', at: new Date(0) })).toThrow(
            MetadataError,
          );
        }
      }),
    );
  });
});

/**
 * Expects that only flags, counter and AAGUID differ, in a vector where nothing signs them (see the table of mutations.test.ts), or that nothing
 * differs.
 */
function expectFreelyChanged(vector: Vector, original: Buffer, changed: Buffer): void {
  const offsets = [...original.keys()].filter((at) => original[at] !== changed[at]);
  expect(changed.length).toBe(original.length);
  if (offsets.length === 0) return;
  const start = original.length - readAttestationObject(original).authenticatorData.length;
  expect(['none', 'fido-u2f']).toContain(shownBy(vector).format);
  expect(offsets.every((at) => at >= start + 32 && at < start + 53)).toBe(true);
}

function holdsNull(value: CborValue): boolean {
  if (value === null) return true;
  if (value instanceof Map) return [...value.values()].some(holdsNull);
  return Array.isArray(value) && value.some(holdsNull);
}

function attempted<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return undefined;
  }
}
