/** The faults of a software authenticator, one at a time. Everything else about the response stays right, including its signatures. */

/** In either ceremony. */
export type CeremonyFault =
  | 'client-data-not-json'
  | 'wrong-type'
  | 'wrong-challenge'
  | 'wrong-origin'
  | 'cross-origin'
  | 'top-origin'
  | 'wrong-rp-id'
  | 'user-not-present'
  | 'user-not-verified'
  | 'backed-up-but-not-eligible'
  /** `id` and `rawId` differ. */
  | 'id-is-not-raw-id'
  /** `id` and `rawId` agree, but name a credential that was not asked for, or not attested. */
  | 'other-credential-id'
  | 'authenticator-data-truncated'
  | 'authenticator-data-trailing-bytes';

export type CreateFault =
  | CeremonyFault
  | 'attestation-object-trailing-bytes'
  /** A `none` attestation whose statement is not empty. */
  | 'none-with-statement'
  | 'attestation-format-unknown'
  | 'attestation-signature'
  /** A self attestation that names another algorithm than the key's. */
  | 'attestation-algorithm'
  /** An attestation certificate for another AAGUID. */
  | 'attestation-aaguid'
  /** The key's `alg` is that of another allowed algorithm. */
  | 'algorithm-swapped'
  /** The key's `alg` is ES384. */
  | 'algorithm-not-offered'
  /** The key's last byte is flipped: a point off the curve, another exponent. An Ed25519 key is left unusable. */
  | 'public-key-damaged'
  /** A key that everybody can sign for: an Ed25519 point of order 1, an even RSA modulus. Not possible with ES256. */
  | 'public-key-forgeable'
  | 'not-resident'
  | 'cross-platform';

export type UseFault =
  | CeremonyFault
  /** One bit of the signature is flipped. */
  | 'signature'
  /** Signed with another key of the same algorithm. */
  | 'other-key'
  /** The counter is lower than last time. This is a risk signal, and no refusal. */
  | 'counter-behind'
  | 'other-user-handle';
