/** The node:crypto operations that every enrolment needs, with keys ready and nothing around them. */
import {
  type CipherGCM,
  constants,
  createCipheriv,
  createDecipheriv,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { buildSessionInfo } from '@payment-passkeys/testkit';

export interface CryptoFloor {
  /** 2 RS256 verifies (the signed requests), RSA-OAEP-256 with A256GCM (the payload), 1 RS256 sign and 1 verify (the proof). */
  create(): void;
  /** And 1 ES256 verify (the assertion). A new passkey without attestation needs none. */
  use(): void;
  /**
   * For a payment by the network's page: 1 RS256 verify, RSA-OAEP-256 with A256GCM, 1 ES256 verify, 1 RS256 sign. The shop verifies the
   * proof.
   */
  pay(): void;
}

export function createCryptoFloor(): CryptoFloor {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // The same length as the signed and encrypted data of an enrolment.
  const baseString = randomBytes(500);
  const claims = randomBytes(800);
  const payload = Buffer.from(JSON.stringify(buildSessionInfo(new Date())));
  const signedByPasskey = randomBytes(37 + 32);
  const requestSignature = sign('sha256', baseString, rsa.privateKey);
  const proofSignature = sign('sha256', claims, rsa.privateKey);
  const assertionSignature = sign('sha256', signedByPasskey, ec.privateKey);
  const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const contentKey = randomBytes(32);
  const wrapped = publicEncrypt({ key: rsa.publicKey, ...oaep }, contentKey);
  const iv = randomBytes(12);
  const cipher: CipherGCM = createCipheriv('aes-256-gcm', contentKey, iv);
  const ciphertext = Buffer.concat([cipher.update(payload), cipher.final()]);
  const tag = cipher.getAuthTag();
  const holds = (genuine: boolean) => {
    if (!genuine) throw new Error('The floor verifies what it has signed.');
  };

  const verifyRequest = () => holds(verify('sha256', baseString, rsa.publicKey, requestSignature));
  const decryptPayload = () => {
    const unwrapped = privateDecrypt({ key: rsa.privateKey, ...oaep }, wrapped);
    const decipher = createDecipheriv('aes-256-gcm', unwrapped, iv).setAuthTag(tag);
    decipher.update(ciphertext);
    decipher.final();
  };
  const signProof = () => sign('sha256', claims, rsa.privateKey);
  const verifyAssertion = () => holds(verify('sha256', signedByPasskey, ec.publicKey, assertionSignature));

  const create = () => {
    verifyRequest();
    verifyRequest();
    decryptPayload();
    signProof();
    holds(verify('sha256', claims, rsa.publicKey, proofSignature));
  };
  return {
    create,
    use: () => {
      create();
      verifyAssertion();
    },
    pay: () => {
      verifyRequest();
      decryptPayload();
      verifyAssertion();
      signProof();
    },
  };
}
