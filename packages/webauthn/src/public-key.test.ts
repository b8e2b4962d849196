import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { type CborValue, encodeCbor } from '@payment-passkeys/authenticator';
import { describe, expect, test } from 'vitest';
import { CeremonyError } from './errors.ts';
import { PAYMENT_ALGORITHMS, SUPPORTED_ALGORITHMS } from './index.ts';
import { readNewKey, readPublicKey } from './public-key.ts';

const bytes = (text: string | undefined) => Uint8Array.from(Buffer.from(text ?? '', 'base64url'));
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const okp = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
const ES256 = { 1: 2, 3: -7, '-1': 1, '-2': bytes(ec.x), '-3': bytes(ec.y) };
const EDDSA = { 1: 1, 3: -8, '-1': 6, '-2': bytes(okp.x) };
const rsa = ({ n, e }: JsonWebKey) => ({ 1: 3, 3: -257, '-1': bytes(n), '-2': bytes(e) });
const rsaOf = (modulusLength: number, publicExponent = 65_537) =>
  rsa(generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({ format: 'jwk' }));
const RS256 = rsaOf(2048);

function encode(members: object): Uint8Array {
  const given = Object.entries(members as Record<string, CborValue | undefined>).filter(
    ([, value]) => value !== undefined,
  );
  return encodeCbor(new Map(given.map(([label, value]) => [Number(label), value as CborValue])));
}

/** The outcome for a new key, which is that for a stored key. */
function outcomeOf(publicKey: Uint8Array, allowed: readonly number[] = PAYMENT_ALGORITHMS): number | string {
  const [outcome, ofStored] = [readNewKey, readPublicKey].map((read) => {
    try {
      return read(publicKey, allowed).algorithm;
    } catch (error) {
      expect(error).toBeInstanceOf(CeremonyError);
      return (error as CeremonyError).code;
    }
  });
  expect(ofStored).toBe(outcome);
  return outcome as number | string;
}

test.each([2048, 2049, 2056, 3071, 4096])(
  'RFC 8230 §4: an RSA key of %d bits is read as the key that it is',
  (modulusLength) => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength });
    const { key } = readPublicKey(encode(rsa(publicKey.export({ format: 'jwk' }))), PAYMENT_ALGORITHMS);
    expect(key.equals(publicKey)).toBe(true);
    expect(key.asymmetricKeyDetails).toEqual(publicKey.asymmetricKeyDetails);
  },
);

describe('WebAuthn L3 §5.8.5, RFC 9053 §7, RFC 8230 §4: what is no key of its algorithm', () => {
  test.each<[string, object, number | string]>([
    ['ES256', ES256, -7],
    ['EdDSA', EDDSA, -8],
    ['RS256', RS256, -257],
    ['ES256 of a key type of its own', { ...ES256, 1: 1 }, 'PUBLIC_KEY_INVALID'],
    ['ES256 on P-384', { ...ES256, '-1': 2 }, 'PUBLIC_KEY_INVALID'],
    ['ES256 with a short coordinate', { ...ES256, '-2': ES256['-2'].subarray(1) }, 'PUBLIC_KEY_INVALID'],
    ['ES256 with a compressed point', { ...ES256, '-3': true }, 'PUBLIC_KEY_INVALID'],
    ['EdDSA on Ed448', { ...EDDSA, '-1': 7 }, 'PUBLIC_KEY_INVALID'],
    ['EdDSA without a point', { ...EDDSA, '-2': undefined }, 'PUBLIC_KEY_INVALID'],
    ['RS256 without a modulus', { ...RS256, '-1': undefined }, 'PUBLIC_KEY_INVALID'],
    [
      'RS256 with a zero before its modulus',
      { ...RS256, '-1': Uint8Array.of(0, ...RS256['-1']) },
      'PUBLIC_KEY_INVALID',
    ],
    ['RS256 of 1,024 bits', rsaOf(1024), 'PUBLIC_KEY_INVALID'],
    ['RS256 of 2,040 bits', rsaOf(2040), 'PUBLIC_KEY_INVALID'],
    ['RS256 of 2,047 bits', { ...RS256, '-1': Uint8Array.of(0x7f, ...RS256['-1'].subarray(1)) }, 'PUBLIC_KEY_INVALID'],
    ['RS256 past 4,096 bits', { ...RS256, '-1': new Uint8Array(513).fill(0xff) }, 'PUBLIC_KEY_INVALID'],
    ['RS256 with the exponent 3', rsaOf(2048, 3), 'PUBLIC_KEY_INVALID'],
    [
      'RS256 with an even modulus',
      { ...RS256, '-1': Uint8Array.of(...RS256['-1'].subarray(0, -1), 0x0e) },
      'PUBLIC_KEY_INVALID',
    ],
    ['RS256 with the exponent 1', { ...RS256, '-2': Uint8Array.of(1) }, 'PUBLIC_KEY_INVALID'],
    ['ES384', { ...ES256, 3: -35 }, 'ALGORITHM_NOT_ALLOWED'],
    ['no algorithm', { ...ES256, 3: undefined }, 'ALGORITHM_NOT_ALLOWED'],
    ['an algorithm by name', { ...ES256, 3: 'ES256' }, 'ALGORITHM_NOT_ALLOWED'],
  ])('%s', (_, members, expected) => {
    expect(outcomeOf(encode(members))).toBe(expected);
  });

  test('a point off the curve', () => {
    expect(outcomeOf(encode({ ...ES256, '-3': ES256['-2'] }))).toBe('PUBLIC_KEY_INVALID');
  });

  const curve = (crv: string) => generateKeyPairSync('ec', { namedCurve: crv }).publicKey.export({ format: 'jwk' });
  const onCurve = (alg: number, label: number, { x, y }: JsonWebKey) => ({
    1: 2,
    3: alg,
    '-1': label,
    '-2': bytes(x),
    '-3': bytes(y),
  });
  const ed448 = generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' });
  const [p384, p521] = [curve('P-384'), curve('P-521')];
  test.each<[string, object, number | string]>([
    ['ES384', onCurve(-35, 2, p384), -35],
    ['ES384 on P-521', onCurve(-35, 3, p521), 'PUBLIC_KEY_INVALID'],
    ['ES512', onCurve(-36, 3, p521), -36],
    ['ES512 on P-384', onCurve(-36, 2, p384), 'PUBLIC_KEY_INVALID'],
    ['Ed448', { 1: 1, 3: -53, '-1': 7, '-2': bytes(ed448.x) }, -53],
    ['Ed448 by the name of EdDSA', { 1: 1, 3: -8, '-1': 7, '-2': bytes(ed448.x) }, 'PUBLIC_KEY_INVALID'],
    ['Ed448 on Ed25519', { ...EDDSA, 3: -53 }, 'PUBLIC_KEY_INVALID'],
    ['RS1', { ...RS256, 3: -65_535 }, 'ALGORITHM_NOT_ALLOWED'],
  ])('%s, where the policy allows every algorithm', (_, members, expected) => {
    expect(outcomeOf(encode(members), SUPPORTED_ALGORITHMS)).toBe(expected);
    if (typeof expected === 'number') expect(outcomeOf(encode(members))).toBe('ALGORITHM_NOT_ALLOWED');
  });

  test.each([
    ['nothing', ''],
    ['a number', '07'],
    ['an array', '8107'],
    ['a map that is cut short', 'a50102'],
  ])('%s', (_, hex) => {
    expect(outcomeOf(Buffer.from(hex, 'hex'))).toBe('PUBLIC_KEY_INVALID');
  });
});
