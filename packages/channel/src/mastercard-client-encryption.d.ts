/** The part of mastercard-client-encryption 1.10.8 that tests use; the package has no type declarations. */
declare module 'mastercard-client-encryption' {
  interface EncryptionPath {
    readonly path: string;
    readonly toEncrypt: readonly { readonly element: string; readonly obj: string }[];
    readonly toDecrypt: readonly { readonly element: string; readonly obj: string }[];
  }

  export class JweEncryption {
    constructor(config: {
      readonly mode: 'JWE';
      readonly paths: readonly EncryptionPath[];
      readonly encryptedValueFieldName: string;
      /** The path of a file. */
      readonly encryptionCertificate: string;
      /** The path of a file. */
      readonly privateKey?: string;
      readonly publicKeyFingerprint?: string;
      readonly publicKeyFingerprintType?: 'certificate' | 'publicKey';
      readonly dataEncoding?: 'hex' | 'base64';
    });
    encrypt(
      endpoint: string,
      header: object,
      body: object,
    ): { readonly header: object; readonly body: Record<string, Record<string, string>> };
    decrypt(response: { readonly request: { readonly url: string }; readonly body: object }): Record<string, unknown>;
  }
}
