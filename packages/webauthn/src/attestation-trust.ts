/** The trust anchors of attestations, configured by the operator only (WebAuthn L3 §7.1 step 23). */
import { type Certificate, readCertificate } from './certificates/certificate.ts';

export interface AttestationTrust {
  /** The anchors for a model, by its claimed AAGUID; none when the model is unknown, or known to be compromised. */
  readonly findAnchors: (aaguid: string) => readonly Certificate[];
}

/** The same anchors for every model, DER or PEM. Without anchors nothing is trusted. Throws when a certificate cannot be read. */
export function buildAnchorTrust(anchors: readonly (Uint8Array | string)[]): AttestationTrust {
  const certificates = anchors.map((anchor) =>
    readCertificate(
      typeof anchor === 'string' ? Buffer.from(anchor.replace(/-----[^-]+-----|\s/g, ''), 'base64') : anchor,
    ),
  );
  return { findAnchors: () => certificates };
}

/** Combines anchors, such as those of the metadata and those of a platform that it does not list. */
export function mergeTrust(sources: readonly AttestationTrust[]): AttestationTrust {
  return { findAnchors: (aaguid) => sources.flatMap((source) => source.findAnchors(aaguid)) };
}
