/** Points of small order on the Edwards curves (RFC 8032 §5): everybody can sign for a key at such a point. */

interface EdwardsCurve {
  readonly prime: bigint;
  /** The y of each point whose order divides the cofactor. */
  readonly ys: ReadonlySet<bigint>;
}

const ED25519_PRIME = 2n ** 255n - 19n;
const ED448_PRIME = 2n ** 448n - 2n ** 224n - 1n;
/** The y of two points of order 8; the other two have its negative. */
const ED25519_ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;

/** The curves, by the type of a KeyObject. */
const CURVES: Readonly<Record<string, EdwardsCurve>> = {
  // Orders 4, 1, 2 and 8; the cofactor is 8.
  ed25519: {
    prime: ED25519_PRIME,
    ys: new Set([0n, 1n, ED25519_PRIME - 1n, ED25519_ORDER_8, ED25519_PRIME - ED25519_ORDER_8]),
  },
  // Orders 4, 1 and 2; the cofactor is 4.
  ed448: { prime: ED448_PRIME, ys: new Set([0n, 1n, ED448_PRIME - 1n]) },
};

/**
 * Whether an encoded point (RFC 8032 §5.1.2, §5.2.2) has small order, with either sign bit and in any encoding: y is reduced modulo the
 * prime, as lenient decoders do. False for other key types.
 */
export function isOfSmallOrder(type: string, point: Uint8Array): boolean {
  const found = CURVES[type];
  if (found === undefined) return false;
  const bigEndian = Buffer.from(point).reverse();
  bigEndian[0] = (bigEndian[0] ?? 0) & 0x7f; // the sign of x
  return found.ys.has(BigInt(`0x0${bigEndian.toString('hex')}`) % found.prime);
}
