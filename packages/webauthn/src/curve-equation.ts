/** The equation of the NIST curves: y² = x³ - 3x + b, modulo a prime (SP 800-186 §3.2.1). */

export interface CurveEquation {
  readonly prime: bigint;
  readonly b: bigint;
}

export const P256_EQUATION: CurveEquation = {
  prime: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
};
export const P384_EQUATION: CurveEquation = {
  prime: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
  b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
};
export const P521_EQUATION: CurveEquation = {
  prime: 2n ** 521n - 1n,
  b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
};

/** Whether the point lies on the curve, with both coordinates below the prime. The time depends on the point, which is public. */
export function satisfies({ prime, b }: CurveEquation, point: { readonly x: Buffer; readonly y: Buffer }): boolean {
  const [x, y] = [toNumber(point.x), toNumber(point.y)];
  return x < prime && y < prime && (y * y - x * x * x + 3n * x - b) % prime === 0n;
}

function toNumber(bigEndian: Buffer): bigint {
  return BigInt(`0x${bigEndian.toString('hex')}`);
}
