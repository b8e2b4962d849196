/** Whether an attestation statement verifies: WebAuthn L3 §7.1 steps 21 and 22. */
import { attempt, CeremonyError } from '../errors.ts';
import type { AttestationFormat, CeremonyPolicy } from '../policy.ts';
import { verifyAndroidKey } from './android-key.ts';
import { verifyApple } from './apple.ts';
import { verifyFidoU2f } from './fido-u2f.ts';
import { verifyNone } from './none.ts';
import { verifyPacked } from './packed.ts';
import { verifyTpm } from './tpm.ts';
import type { StatementInput, VerifiedStatement } from './verification.ts';

const VERIFIERS: Readonly<Record<AttestationFormat, (input: StatementInput) => VerifiedStatement>> = {
  none: verifyNone,
  packed: verifyPacked,
  tpm: verifyTpm,
  'android-key': verifyAndroidKey,
  apple: verifyApple,
  'fido-u2f': verifyFidoU2f,
};

/** Verifies a statement of one of the policy's formats. Throws ATTESTATION_NOT_ALLOWED, ATTESTATION_INVALID. */
export function verifyStatement(
  format: string,
  input: Omit<StatementInput, 'androidKeys'> & { readonly policy: CeremonyPolicy },
): VerifiedStatement & { readonly format: AttestationFormat } {
  const { policy } = input;
  const allowed = policy.attestationFormats.find((name) => name === format);
  if (allowed === undefined) throw new CeremonyError('ATTESTATION_NOT_ALLOWED');
  const verified = attempt('ATTESTATION_INVALID', () =>
    VERIFIERS[allowed]({ ...input, androidKeys: policy.androidKeys }),
  );
  return { format: allowed, ...verified };
}
