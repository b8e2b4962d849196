/** Proofs signed outside of this process: by a hardware security module, or a signing service. */
import { type KeyObject, randomBytes, verify } from 'node:crypto';
import type { Signer } from '@payment-passkeys/channel';
import { ConfigError } from '../../platform/config/config-error.ts';

/** Throws {@link ConfigError} when the signer fails, or signs with another key than the published one, or not with RS256. */
export async function checkSigner(key: {
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly signer: Signer;
}): Promise<void> {
  const probe = randomBytes(32);
  const signature = await key.signer(probe).catch((cause: unknown) => {
    throw new ConfigError('DATA_DIR', `holds the signing key ${key.kid}, whose signer fails.`, { cause });
  });
  if (!verify('sha256', probe, key.publicKey, signature)) {
    throw new ConfigError('DATA_DIR', `holds the signing key ${key.kid}, and its signer signs with another one.`);
  }
}
