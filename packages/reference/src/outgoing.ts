/** The input and the output of the two signers: one with WebCrypto, for the page, and one in JavaScript alone, for the collection. */

export interface PlainRequest {
  readonly method: string;
  /** Absolute, as the network is addressed from outside: its PUBLIC_URL and a path. */
  readonly url: string;
  /** The body as it was typed; empty if there is none. Its `encryptedData` may be plain. */
  readonly body: string;
}

export interface SigningClient {
  readonly consumerKey: string;
  /** PEM. */
  readonly privateKey: string;
}

export interface SignedRequest {
  readonly authorization: string;
  readonly body: string;
}

export const CANNOT_SIGN =
  'The address or the consumer key cannot be signed: a consumer key is 1 to 128 printable ASCII characters.';
