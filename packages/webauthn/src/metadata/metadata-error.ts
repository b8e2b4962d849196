/** Why a metadata BLOB was refused: the closed set of codes, each with its sentence. */

export const METADATA_ERRORS = {
  UNREADABLE: 'The metadata file cannot be read, or is too large.',
  MALFORMED: 'The metadata is no MDS3 BLOB.',
  CHAIN_NOT_TRUSTED: "The metadata's certificates do not end at the given root, or are not valid now.",
  WRONG_SIGNER: "The metadata's certificate is not for the given signer.",
  SIGNATURE_INVALID: "The metadata's signature does not verify.",
  OLDER: 'The metadata is older than the one in use.',
} as const;

export type MetadataErrorCode = keyof typeof METADATA_ERRORS;

/** A BLOB that must not be used. `message` is the code's sentence; a `cause` is the parser's or the system's error. */
export class MetadataError extends Error {
  override readonly name = 'MetadataError';
  readonly code: MetadataErrorCode;

  constructor(code: MetadataErrorCode, options?: { readonly cause: unknown }) {
    super(METADATA_ERRORS[code], options);
    this.code = code;
  }
}
