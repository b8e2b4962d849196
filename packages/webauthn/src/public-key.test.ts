import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';
import { describe, expect, test } from 'vitest';
import { POLICY } from '../test/valid-ceremony.ts';
import { CeremonyError } from './errors.ts';
import { checkPublicKey, readAlgorithm } from './public-key.ts';

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
  return isoCBOR.encode(new Map(Object.entries(members).map(([label, value]) => [Number(label), value])) as never);
}

function outcomeOf(read: () => number): number | string {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(CeremonyError);
    return (error as CeremonyError).code;
  }
}

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
    ['RS256 with the exponent 1', { ...RS256, '-2': Uint8Array.of(1) }, 'PUBLIC_KEY_INVALID'],
    ['ES384', { ...ES256, 3: -35 }, 'ALGORITHM_NOT_ALLOWED'],
    ['no algorithm', { ...ES256, 3: undefined }, 'ALGORITHM_NOT_ALLOWED'],
    ['an algorithm by name', { ...ES256, 3: 'ES256' }, 'ALGORITHM_NOT_ALLOWED'],
  ])('%s', (_, members, expected) => {
    expect(outcomeOf(() => checkPublicKey(encode(members), POLICY))).toBe(expected);
    expect(outcomeOf(() => readAlgorithm(encode(members), POLICY))).toBe(expected);
  });

  test('a point off the curve is no key, although its algorithm can be read', () => {
    const offCurve = encode({ ...ES256, '-3': ES256['-2'] });
    expect(outcomeOf(() => checkPublicKey(offCurve, POLICY))).toBe('PUBLIC_KEY_INVALID');
    expect(outcomeOf(() => readAlgorithm(offCurve, POLICY))).toBe(-7);
  });

  test.each([
    ['nothing', ''],
    ['a number', '07'],
    ['an array', '8107'],
    ['a map that is cut short', 'a50102'],
  ])('%s', (_, hex) => {
    expect(outcomeOf(() => checkPublicKey(Buffer.from(hex, 'hex'), POLICY))).toBe('PUBLIC_KEY_INVALID');
  });
});
