/** DPoP at this network: what the channel verifies of a proof, and the server nonce. The caller consumes `jti`. */
import type { IncomingHttpHeaders } from 'node:http';
import type { DpopExpectation, DpopVerdict } from '@payment-passkeys/channel';
import type { SecretKey } from '../accounts/account-vault.ts';
import { buildServerNonce, judgeServerNonce } from './server-nonce.ts';

export type ProofCheck = {
  /** For the DPoP-Nonce header of the answer; undefined if the caller has the current one. */
  readonly newNonce: string | undefined;
} & (
  | { readonly ok: true; readonly jkt: string; readonly jti: string; readonly issuedAt: Date }
  | {
      readonly ok: false;
      /** NONCE_NEEDED, or the channel's reason. */
      readonly because: string;
      readonly description: string;
    }
);

/** `nonceKeys` are the index keys of accounts. */
export function checkProof(
  expected: DpopExpectation,
  verify: (expected: DpopExpectation) => DpopVerdict,
  nonceKeys: readonly SecretKey[],
): ProofCheck {
  const { now } = expected;
  const verdict = verify(expected);
  const handOut = () => buildServerNonce(nonceKeys, now);
  if (!verdict.ok) return { ...verdict, because: `DPOP_${verdict.code}`, newNonce: handOut() };
  const { jkt, jti, issuedAt, nonce } = verdict;
  const state = nonce === undefined ? 'REFUSED' : judgeServerNonce(nonce, nonceKeys, now);
  if (state === 'REFUSED') {
    const description = 'The proof needs the nonce of the DPoP-Nonce header.';
    return { ok: false, because: NONCE_NEEDED, description, newNonce: handOut() };
  }
  return { ok: true, jkt, jti, issuedAt, newNonce: state === 'STALE' ? handOut() : undefined };
}

/** The value of the header. Two DPoP headers make one value, which is no proof. */
export function dpopHeader({ headers: { dpop } }: { readonly headers: IncomingHttpHeaders }): string | undefined {
  return Array.isArray(dpop) ? dpop.join(',') : dpop;
}

export const NONCE_NEEDED = 'NONCE_NEEDED';
