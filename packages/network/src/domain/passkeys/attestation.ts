/** The trust anchors of authenticators, and the ceremony policy for a client's attestation demand. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChannelError, readCertificates as readPemCertificates } from '@payment-passkeys/channel';
import type { AttestationDemand } from '@payment-passkeys/protocol';
import {
  type AttestationTrust,
  buildAnchorTrust,
  buildPaymentPolicy,
  type CeremonyPolicy,
  mergeTrust,
  openMetadata,
  PAYMENT_ALGORITHMS,
} from '@payment-passkeys/webauthn';
import type { Config } from '../../platform/config/config.ts';
import { ConfigError } from '../../platform/config/config-error.ts';

export interface AttestationSource {
  readonly trust: AttestationTrust;
  /** The name of an authenticator's model by its AAGUID. Without metadata none is known. */
  readonly findModel: (aaguid: string) => string | undefined;
  /** Reads the metadata again, in the background. After a failure the last good copy stays in use. */
  readonly refresh: () => Promise<void>;
}

/**
 * Reads the anchors of ATTESTATION_ROOTS and the metadata of METADATA_BLOB. Without both no attestation is trusted. Throws {@link
 * ConfigError} for a file that cannot be used.
 */
export async function openAttestationTrust(config: Config, clock: () => Date): Promise<AttestationSource> {
  const { rootsFile, metadata } = config.attestation;
  const anchors =
    rootsFile === undefined ? [] : [buildAnchorTrust(await readCertificates('ATTESTATION_ROOTS', rootsFile))];
  if (metadata === undefined)
    return { trust: mergeTrust(anchors), findModel: () => undefined, refresh: async () => {} };
  const roots = await readCertificates('METADATA_ROOT', metadata.rootFile);
  const opened = await openMetadata({
    file: metadata.blobFile,
    lastGoodFile: join(config.dataDir, 'metadata-last-good.jwt'),
    roots,
    signer: metadata.signer,
    clock,
  }).catch((cause: unknown) => {
    throw new ConfigError('METADATA_BLOB', 'names a file that is not to be used, and there is no last good copy.', {
      cause,
    });
  });
  const { findModel, refresh } = opened;
  return { trust: mergeTrust([...anchors, opened.trust]), findModel, refresh };
}

/** The ceremony policy for a client with this demand. */
export function buildPolicyFor(
  config: Config,
  trust: AttestationTrust,
): (demand: AttestationDemand | null) => CeremonyPolicy {
  const policyFor = (demand: AttestationDemand | null) =>
    buildPaymentPolicy({
      rpId: config.rpId,
      rpName: config.branding.name,
      origins: [config.publicUrl],
      algorithms: PAYMENT_ALGORITHMS,
      attestation: demand === null ? 'none' : { ...demand, trust },
    });
  const withoutDemand = policyFor(null);
  return (demand) => (demand === null ? withoutDemand : policyFor(demand));
}

/** The certificates of the file, in DER. */
async function readCertificates(setting: string, file: string): Promise<readonly Buffer[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(setting, 'names a file that cannot be read.', { cause });
  });
  try {
    return readPemCertificates(text).map(({ raw }) => raw);
  } catch (cause) {
    const problem = cause instanceof ChannelError ? cause.message : 'It cannot be read.';
    throw new ConfigError(setting, `names a file whose certificates cannot be used. ${problem}`, { cause });
  }
}
