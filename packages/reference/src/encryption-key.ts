/** The key that a request is encrypted to, from the answer of GET /keys/encryption. */

export interface EncryptionJwk {
  readonly kid: string;
  /** Base64url. */
  readonly n: string;
  readonly e: string;
}

/** The protected header of a JWE to that key (RFC 7516 §4). */
export function jweHeader({ kid }: EncryptionJwk): string {
  return JSON.stringify({ kid, cty: 'application/json', alg: 'RSA-OAEP-256', enc: 'A256GCM' });
}

/** The network lists the key to use first. Throws if there is none. */
export function readEncryptionKey(keySet: unknown): EncryptionJwk {
  const [key] = (keySet as { readonly keys?: readonly EncryptionJwk[] } | undefined)?.keys ?? [];
  if (key === undefined) throw new Error('The network answers no encryption key at /keys/encryption.');
  return key;
}
