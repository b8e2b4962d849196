/** Whether the policy accepts an attestation statement that was verified (WebAuthn L3 §7.1 step 24). */
import { reachesAnchor } from '../certificates/certificate-path.ts';
import { ensure } from '../errors.ts';
import type { AttestationPolicy } from '../policy.ts';
import type { VerifiedStatement } from './verification.ts';

export interface AttestationVerdict {
  /** The chain ends at an anchor. */
  readonly trusted: boolean;
  /** The chain ends at an anchor, and the attestation's signature covers the AAGUID: it is proven. */
  readonly aaguidVerified: boolean;
}

/**
 * Judges a verified statement at the time `at`. Throws only under `require`: ATTESTATION_NOT_TRUSTED and AAGUID_NOT_ALLOWED. A model that
 * is not proven counts as not allowed, and as possibly denied.
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
