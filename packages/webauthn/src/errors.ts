/** Why a ceremony was refused: the closed set of codes, each with its sentence. */

/** No sentence holds a value of the ceremony, so all may be logged. */
export const CEREMONY_ERRORS = {
  MALFORMED: 'The credential is not a well-formed WebAuthn response.',
  WRONG_TYPE: 'The client data is of another ceremony.',
  CHALLENGE_MISMATCH: 'The client data answers another challenge.',
  ORIGIN_NOT_ALLOWED: 'The ceremony took place on an origin that is not allowed.',
  CROSS_ORIGIN: 'The ceremony took place in a frame of another origin.',
  RP_ID_MISMATCH: 'The authenticator data is for another relying party.',
  USER_NOT_PRESENT: 'The authenticator did not see the user.',
  USER_NOT_VERIFIED: 'The authenticator did not verify the user.',
  BACKUP_STATE_INVALID: 'The passkey says that it is backed up but cannot be.',
  ALGORITHM_NOT_ALLOWED: "The passkey's algorithm is not one of the policy's.",
  PUBLIC_KEY_INVALID: "The passkey's public key is not a sound key of its algorithm.",
  ATTACHMENT_NOT_ALLOWED: 'The passkey was not made by a platform authenticator.',
  NOT_RESIDENT: 'The passkey is not discoverable.',
  ATTESTATION_NOT_ALLOWED: "The attestation format is not one of the policy's.",
  ATTESTATION_INVALID: 'The attestation statement does not verify.',
  ATTESTATION_NOT_TRUSTED: 'The attestation does not end at a trust anchor, as the policy requires.',
  AAGUID_NOT_ALLOWED: "The authenticator's model is not one that the policy allows.",
  CREDENTIAL_MISMATCH: 'The response is of another credential.',
  USER_HANDLE_MISMATCH: 'The response is for another user handle.',
  SIGNATURE_INVALID: 'The signature does not verify.',
} as const;

export type CeremonyErrorCode = keyof typeof CEREMONY_ERRORS;

/**
 * A ceremony that is not genuine, or does not meet the policy. `message` is the code's sentence. A `cause` is the error of a parser or of
 * node:crypto; it may quote client data, so never log it.
 */
export class CeremonyError extends Error {
  override readonly name = 'CeremonyError';
  readonly code: CeremonyErrorCode;

  constructor(code: CeremonyErrorCode, options?: { readonly cause: unknown }) {
    super(CEREMONY_ERRORS[code], options);
    this.code = code;
  }
}

/** Throws a {@link CeremonyError} of this code unless the condition holds. */
export function ensure(condition: boolean, code: CeremonyErrorCode): asserts condition {
  if (!condition) throw new CeremonyError(code);
}

/** Runs `step`. An error becomes a {@link CeremonyError} of this code, with the error as its cause. */
export function attempt<Result>(code: CeremonyErrorCode, step: () => Result): Result {
  try {
    return step();
  } catch (cause) {
    throw new CeremonyError(code, { cause });
  }
}
