/** The errors of this package: a key or an input of our own that cannot be used. A peer's input never throws; its result is a value. */

export type ChannelErrorCode =
  /** Not a PEM key or certificate of a supported form, or a private key instead of a public one. */
  | 'KEY_UNREADABLE'
  /** Not an RSA key; for webhooks, not an Ed25519 key. */
  | 'KEY_TYPE_NOT_ALLOWED'
  /** RSA below 2048 bits, with a public exponent below 65537, or with an even modulus. */
  | 'KEY_TOO_WEAK'
  /** A certificate for another key than the one beside it. */
  | 'CERTIFICATE_MISMATCH'
  /** The address for `signRequest` is not absolute http or https, or its query is not valid. */
  | 'URL_INVALID'
  /** The consumer key or the nonce for `signRequest` is not printable ASCII of 1 to 128 characters, or the time is invalid. */
  | 'PARAMETER_INVALID'
  /** A verifier would refuse the claims that were passed to be signed. */
  | 'CLAIMS_INVALID';

export class ChannelError extends Error {
  readonly code: ChannelErrorCode;

  constructor(code: ChannelErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'ChannelError';
    this.code = code;
  }
}
