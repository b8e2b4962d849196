/** The anchors that attestations are trusted by: ours alone (WebAuthn L3 §7.1 step 23). */
import { type Certificate, readCertificate } from './certificates/certificate.ts';

export interface AttestationTrust {
  /** The anchors for a model, by the AAGUID that is claimed; none where the model is not known, or known to be compromised. */
  readonly findAnchors: (aaguid: string) => readonly Certificate[];
}

/** Trust in the same anchors for every model, DER or PEM. No anchors, no trust. Throws what reading a certificate throws. */
export function buildAnchorTrust(anchors: readonly (Uint8Array | string)[]): AttestationTrust {
  const certificates = anchors.map((anchor) =>
    readCertificate(
      typeof anchor === 'string' ? Buffer.from(anchor.replace(/-----[^-]+-----|\s/g, ''), 'base64') : anchor,
    ),
  );
  return { findAnchors: () => certificates };
}

/** The anchors of all of these, such as those of the metadata and those of a platform that is not in it. */
export function mergeTrust(sources: readonly AttestationTrust[]): AttestationTrust {
  return { findAnchors: (aaguid) => sources.flatMap((source) => source.findAnchors(aaguid)) };
}
