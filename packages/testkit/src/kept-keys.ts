/** RSA keys of a test process: making one takes about a tenth of a second, and most tests only need a key of their own. */
import { generateSigningKey, type SigningKey } from '@payment-passkeys/channel';

/** More than the parties of any test. */
const KEPT = 16;
const keys: Promise<SigningKey>[] = [];
let taken = 0;

/** A key that the fifteen calls before this one did not get. */
export function takeSigningKey(): Promise<SigningKey> {
  const slot = taken++ % KEPT;
  keys[slot] ??= generateSigningKey();
  return keys[slot];
}
