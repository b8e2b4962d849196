/** The form of a signature, before it is verified (WebAuthn L3 §6.5.5). */
import { ensure } from './errors.ts';

const ES256 = -7;
const [SEQUENCE, INTEGER] = [0x30, 0x02];

/**
 * ES256 signatures are DER, of which there is one spelling; the library's decoder also takes bytes behind it and long forms of
 * lengths, so that one signature would have many. Other algorithms' signatures have one length, which verifying them checks.
 * Throws SIGNATURE_INVALID.
 */
export function checkSignatureForm(signature: Uint8Array, algorithm: number): void {
  ensure(algorithm !== ES256 || isEcdsaSigValue(signature), 'SIGNATURE_INVALID');
}

/** Ecdsa-Sig-Value (RFC 3279 §2.2.3) in DER: two positive integers of at most 33 bytes, and nothing behind them. */
function isEcdsaSigValue(bytes: Uint8Array): boolean {
  const afterR = endOfInteger(bytes, 2);
  const afterS = endOfInteger(bytes, afterR);
  return bytes[0] === SEQUENCE && bytes[1] === bytes.length - 2 && afterS === bytes.length;
}

/** The offset behind the integer at `start`; NaN when there is none, or not in its shortest form. */
function endOfInteger(bytes: Uint8Array, start: number): number {
  const [tag, length = 0, first = 0, second = 0] = bytes.subarray(start, start + 4);
  const shortest = first < 0x80 && (first !== 0 || (length > 1 && second >= 0x80));
  return tag === INTEGER && length <= 33 && shortest ? start + 2 + length : Number.NaN;
}
