/** Why a proof was refused: for the host's log. */
import type { JwtRefusal } from '@payment-passkeys/channel';
import { maskValues } from '../masking.ts';

/** `Refusal` is a kit's own closed set of codes; it includes those of JwtRefusal. */
export interface RefusedProof<Refusal extends string> {
  readonly proofRefusal: Refusal;
  /** With `AUDIENCE`: the audience that the host configured, and the proof's audience. */
  readonly proofAudience?: { readonly expected: string; readonly found: string };
}

/** `found` comes from an untrusted proof, so it is masked. */
export function buildRefusedProof<Refusal extends string>(
  proofRefusal: Refusal,
  { expected, found }: { readonly expected: string; readonly found: string | undefined },
): RefusedProof<Refusal> {
  if (proofRefusal !== ('AUDIENCE' satisfies JwtRefusal) || found === undefined) return { proofRefusal };
  return { proofRefusal, proofAudience: { expected, found: maskValues(found) } };
}

/** Whether the host configured a wrong issuer or audience, so that every proof will be refused. */
export function isMisconfigured({ proofRefusal }: RefusedProof<string>): boolean {
  return proofRefusal === 'ISSUER' || proofRefusal === 'AUDIENCE';
}
