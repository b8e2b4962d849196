import { ECDH, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CurveEquation, P256_EQUATION, P384_EQUATION, P521_EQUATION, satisfies } from './curve-equation.ts';

interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

describe.each([
  ['prime256v1', 32, P256_EQUATION],
  ['secp384r1', 48, P384_EQUATION],
  ['secp521r1', 66, P521_EQUATION],
])('the points of %s are those of OpenSSL', (namedCurve, bytes, equation) => {
  const { prime } = equation;
  const toBytes = (number: bigint) => Buffer.from(number.toString(16).padStart(2 * bytes, '0'), 'hex');

  /** Our verdict, which must be OpenSSL's. */
  function isPoint({ x, y }: Point): boolean {
    const point = { x: toBytes(x), y: toBytes(y) };
    const ours = satisfies(equation, point);
    expect(ours, `${x} ${y}`).toBe(isPointOfOpenSsl(namedCurve, point));
    return ours;
  }

  test('a public key, but no other y', () => {
    for (let round = 0; round < 20; round++) {
      const point = generatePoint(namedCurve);
      const { x, y } = point;
      expect(isPoint(point)).toBe(true);
      expect(isPoint({ x, y: prime - y })).toBe(true);
      for (const wrong of [
        { x, y: y ^ 1n },
        { x: x ^ 1n, y },
        { x: y, y: x },
        { x: prime - x, y },
      ])
        expect(isPoint(wrong)).toBe(false);
    }
  });

  test('a point with small coordinates, but not with the prime added to one of them', () => {
    const point = findPoint(equation);
    expect(isPoint(point)).toBe(true);
    expect(isPoint({ ...point, x: point.x + prime })).toBe(false);
    if (prime + point.y < 2n ** (8n * BigInt(bytes))) expect(isPoint({ ...point, y: point.y + prime })).toBe(false);
  });

  test('at the edges of the field', () => {
    const edges = [0n, 1n, 2n, prime - 2n, prime - 1n, prime, prime + 1n, 2n ** (8n * BigInt(bytes)) - 1n];
    for (const x of edges) for (const y of edges) isPoint({ x, y });
    // x is 0, and y is a root of b.
    expect(isPoint({ x: 0n, y: rootOf(equation.b, prime) })).toBe(true);
  });

  test('any two numbers', () => {
    const number = fc.bigInt({ min: 0n, max: 2n ** (8n * BigInt(bytes)) - 1n });
    fc.assert(fc.property(number, number, (x, y) => void isPoint({ x, y })));
  });
});

function isPointOfOpenSsl(namedCurve: string, { x, y }: { readonly x: Buffer; readonly y: Buffer }): boolean {
  try {
    ECDH.convertKey(Buffer.concat([Buffer.of(0x04), x, y]), namedCurve);
    return true;
  } catch {
    return false;
  }
}

function generatePoint(namedCurve: string): Point {
  const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
  const [left, right] = [x, y].map((text) => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`));
  return { x: left ?? 0n, y: right ?? 0n };
}

/** The point with the smallest x after 0. */
function findPoint({ prime, b }: CurveEquation): Point {
  for (let x = 1n; ; x++) {
    const square = (x ** 3n - 3n * x + b) % prime;
    const y = rootOf(square, prime);
    if ((y * y) % prime === square) return { x, y };
  }
}

/** A root, if there is one; the primes are 3 modulo 4. */
function rootOf(square: bigint, prime: bigint): bigint {
  let [root, factor] = [1n, square];
  for (let exponent = (prime + 1n) / 4n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) root = (root * factor) % prime;
    factor = (factor * factor) % prime;
  }
  return root;
}
