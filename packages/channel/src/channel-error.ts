/** What this package throws: a key or an input of our own that cannot be used. What a peer sent is judged by values, never thrown. */

export type ChannelErrorCode =
  /** Not a PEM key or certificate of a supported form, or a private key where a public one belongs. */
  | 'KEY_UNREADABLE'
  /** Not an RSA key. */
  | 'KEY_TYPE_NOT_ALLOWED'
  /** RSA below 2048 bits, with a public exponent below 65537, or with an even modulus. */
  | 'KEY_TOO_WEAK'
  /** A certificate that is not of the key it comes with. */
  | 'CERTIFICATE_MISMATCH'
  /** `signRequest` was given an address that is not absolute http or https, or one whose query is not valid. */
  | 'URL_INVALID'
  /** `signRequest` was given a consumer key or a nonce that is not printable ASCII of 1 to 128 characters, or an invalid time. */
  | 'PARAMETER_INVALID'
  /** `issueProof` was given claims that a verifier would refuse. */
  | 'CLAIMS_INVALID';

export class ChannelError extends Error {
  readonly code: ChannelErrorCode;

  constructor(code: ChannelErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'ChannelError';
    this.code = code;
  }
}
