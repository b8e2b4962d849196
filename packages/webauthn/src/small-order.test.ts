/** Points of small order, computed here from the curve (RFC 8032 §5.1, §5.2), in every encoding that a lenient decoder accepts. */
import { generateKeyPairSync } from 'node:crypto';
import { encodeCbor } from '@payment-passkeys/authenticator';
import { describe, expect, test } from 'vitest';
import { SUPPORTED_ALGORITHMS } from './index.ts';
import { readNewKey, readPublicKey } from './public-key.ts';
import { isOfSmallOrder } from './small-order.ts';

interface Curve {
  readonly name: 'Ed25519' | 'Ed448';
  readonly prime: bigint;
  /** `a` and `d` of the curve's equation, a x^2 + y^2 = 1 + d x^2 y^2. */
  readonly a: bigint;
  readonly d: bigint;
  readonly bytes: number;
  readonly cofactor: number;
  /** The COSE identifiers. */
  readonly algorithm: number;
  readonly crv: number;
}
type Point = readonly [x: bigint, y: bigint];

const P25519 = 2n ** 255n - 19n;
const P448 = 2n ** 448n - 2n ** 224n - 1n;
const modulo = (value: bigint, prime: bigint) => ((value % prime) + prime) % prime;

function power(base: bigint, exponent: bigint, prime: bigint): bigint {
  let [result, square] = [1n, modulo(base, prime)];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}
const inverse = (value: bigint, prime: bigint) => power(value, prime - 2n, prime);

const ED25519: Curve = {
  name: 'Ed25519',
  prime: P25519,
  a: -1n,
  d: modulo(-121665n * inverse(121666n, P25519), P25519),
  bytes: 32,
  cofactor: 8,
  algorithm: -8,
  crv: 6,
};
const ED448: Curve = {
  name: 'Ed448',
  prime: P448,
  a: 1n,
  d: modulo(-39081n, P448),
  bytes: 57,
  cofactor: 4,
  algorithm: -53,
  crv: 7,
};

function add({ prime, a, d }: Curve, [x1, y1]: Point, [x2, y2]: Point): Point {
  const product = modulo(d * x1 * x2 * y1 * y2, prime);
  return [
    modulo((x1 * y2 + y1 * x2) * inverse(1n + product, prime), prime),
    modulo((y1 * y2 - a * x1 * x2) * inverse(1n - product, prime), prime),
  ];
}

/** The square root modulo the prime (RFC 8032 §5.1.3 and §5.2.3); undefined if there is none. */
function rootOf(square: bigint, { name, prime }: Curve): bigint | undefined {
  const root = power(square, name === 'Ed25519' ? (prime + 3n) / 8n : (prime + 1n) / 4n, prime);
  const other = modulo(root * power(2n, (prime - 1n) / 4n, prime), prime);
  return [root, other].find((found) => modulo(found * found - square, prime) === 0n);
}

/** A point with this y; undefined if the curve has none. */
function pointAt(curve: Curve, y: bigint): Point | undefined {
  const { prime, a, d } = curve;
  const x = rootOf(modulo((1n - y * y) * inverse(modulo(a - d * y * y, prime), prime), prime), curve);
  return x === undefined ? undefined : [x, modulo(y, prime)];
}

/** Every point whose order divides the cofactor. Multiplying any point of the curve by the prime order gives one of them. */
function smallOrderPoints(curve: Curve, order: bigint): readonly Point[] {
  const found = new Map<string, Point>();
  for (let y = 2n; found.size < curve.cofactor; y++) {
    const point = pointAt(curve, y);
    if (point === undefined) continue;
    const small = multiply(curve, point, order);
    found.set(String(small), small);
  }
  return [...found.values()];
}

function multiply(curve: Curve, point: Point, times: bigint): Point {
  let [result, doubled]: [Point, Point] = [[0n, 1n], point];
  for (let rest = times; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = add(curve, result, doubled);
    doubled = add(curve, doubled, doubled);
  }
  return result;
}

const ORDER_25519 = 2n ** 252n + 27742317777372353535851937790883648493n;
const ORDER_448 = 2n ** 446n - 0x8335dc163bb124b65129c96fde933d8d723a70aadc873d6d54a7bb0dn;

/** The encodings with both signs of y, and of y plus the prime if that fits. */
function encodingsOf({ prime, bytes, name }: Curve, y: bigint): readonly Buffer[] {
  const bits = name === 'Ed25519' ? 255n : 448n;
  return [y, y + prime]
    .filter((value) => value < 2n ** bits)
    .flatMap((value) => {
      const positive = Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex').reverse();
      const negative = Buffer.from(positive);
      negative[bytes - 1] = (negative[bytes - 1] ?? 0) | 0x80;
      return [positive, negative];
    });
}

const cose = ({ algorithm, crv }: Curve, point: Buffer) =>
  encodeCbor(
    new Map<number, number | Buffer>([
      [1, 1],
      [3, algorithm],
      [-1, crv],
      [-2, point],
    ]),
  );
const refused = expect.objectContaining({ code: 'PUBLIC_KEY_INVALID' });

describe.each([
  [ED25519, ORDER_25519, 8, 14],
  [ED448, ORDER_448, 4, 10],
])('$name', (curve, order, count, encoded) => {
  const points = smallOrderPoints(curve, order);
  const encodings = [...new Set(points.map(([, y]) => y))].flatMap((y) => encodingsOf(curve, y));

  test('the points of small order are refused at registration, their non-canonical forms as well', () => {
    expect(points).toHaveLength(count);
    for (const point of points) expect(multiply(curve, point, BigInt(curve.cofactor))).toEqual([0n, 1n]);
    expect(encodings).toHaveLength(encoded);
    for (const point of encodings) {
      expect(isOfSmallOrder(curve.name.toLowerCase(), point), point.toString('hex')).toBe(true);
      for (const read of [readNewKey, readPublicKey])
        expect(() => read(cose(curve, point), SUPPORTED_ALGORITHMS)).toThrow(refused);
    }
  });

  test('a key is taken', () => {
    const { publicKey } = curve.name === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ed448');
    const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    for (const read of [readNewKey, readPublicKey])
      expect(read(cose(curve, point), SUPPORTED_ALGORITHMS).algorithm).toBe(curve.algorithm);
  });
});
