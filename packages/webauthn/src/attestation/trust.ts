/** Which attestations are trusted: by anchors of ours alone (WebAuthn L3 §7.1 steps 23 and 24), and what the policy makes of it. */
import { type Certificate, readCertificate } from '../certificates/certificate.ts';
import { reachesAnchor } from '../certificates/certificate-path.ts';
import { ensure } from '../errors.ts';
import type { AttestationPolicy } from '../policy.ts';
import type { VerifiedStatement } from './verification.ts';

export interface AttestationTrust {
  /** The anchors for a model, by the AAGUID that is claimed; none where the model is not known, or known to be compromised. */
  readonly findAnchors: (aaguid: string) => readonly Certificate[];
}

export interface AttestationVerdict {
  /** The chain ends at an anchor. */
  readonly trusted: boolean;
  /** And the attestation's signature covers the AAGUID: from here on it is no claim any more. */
  readonly aaguidVerified: boolean;
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

/**
 * Judges a statement that has been verified, at the time `at`. Throws, under `require` alone, ATTESTATION_NOT_TRUSTED and
 * AAGUID_NOT_ALLOWED. A model that the attestation does not prove is on no list of allowed ones, and cannot be shown to be on no
 * list of denied ones.
 */
export function judgeAttestation(
  { chain, aaguidSigned }: VerifiedStatement,
  { policy, aaguid, at }: { readonly policy: AttestationPolicy; readonly aaguid: string; readonly at: Date },
): AttestationVerdict {
  if (policy === 'none') return { trusted: false, aaguidVerified: false };
  const trusted = reachesAnchor(chain, { anchors: policy.trust.findAnchors(aaguid), at });
  const verdict = { trusted, aaguidVerified: trusted && aaguidSigned };
  if (policy.demand === 'record') return verdict;
  ensure(trusted, 'ATTESTATION_NOT_TRUSTED');
  const { allow, deny } = policy;
  const listed = allow !== 'any' || deny.length > 0;
  const allowed = (allow === 'any' || allow.includes(aaguid)) && !deny.includes(aaguid);
  ensure(!listed || (verdict.aaguidVerified && allowed), 'AAGUID_NOT_ALLOWED');
  return verdict;
}
