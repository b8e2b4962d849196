/** The private key that a developer pastes: PEM of PKCS#8 or PKCS#1, however its lines were broken by the field it went through. */

export interface PemKey {
  /** Base64 of the DER, without spaces. */
  readonly der: string;
  readonly form: 'PKCS8' | 'PKCS1';
}

/** Throws, with a sentence for the developer. */
export function readPem(text: string): PemKey {
  const match = /-----BEGIN (RSA )?PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END (RSA )?PRIVATE KEY-----/.exec(text);
  if (match === null) throw new Error('That is no private key in PEM form (“-----BEGIN PRIVATE KEY-----”).');
  return { der: (match[2] ?? '').replace(/\s/g, ''), form: match[1] === undefined ? 'PKCS8' : 'PKCS1' };
}
