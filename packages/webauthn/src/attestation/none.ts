/** WebAuthn L3 §8.7: no attestation. */
import { ensureAttested, type StatementInput, type VerifiedStatement } from './verification.ts';

export function verifyNone({ statement }: StatementInput): VerifiedStatement {
  ensureAttested(statement.size === 0);
  return { chain: [], aaguidSigned: false };
}
