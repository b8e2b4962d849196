/** Proofs signed by a key that never is in this process: a hardware security module, or a signing service. */
import { type KeyObject, randomBytes, verify } from 'node:crypto';
import type { Signer } from '@payment-passkeys/channel';
import { ConfigError } from '../../platform/config/config.ts';

/** Throws {@link ConfigError} when what signs does not, or signs with another key or scheme than RS256 by the published one. */
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
