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

const BASE_STRING_BYTES = 500;
const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };

/** The operations of an enrolment with RSA, EC and AES keys, on data that is made once. The hashes of tokens are left out. */
export interface CryptoSteps {
  /** RS256 verify. */
  verifyRequest(): void;
  /** RSA-OAEP-256 with A256GCM. */
  decryptPayload(): void;
  /** RS256 sign. */
  signProof(): Buffer;
  /** RS256 verify. */
  verifyProof(): void;
  /** ES256 verify. */
  verifyAssertion(): void;
}

export interface CryptoFloor {
  /** Two signed requests, one payload, one proof that is signed and verified. */
  create(): void;
  /** The operations of `create`, and one assertion. (A new passkey without attestation has no signature to verify.) */
  use(): void;
  /** A payment by the network's page: one signed request, one payload, one assertion, one proof that the shop verifies. */
  pay(): void;
}

export function createCryptoFloor(): CryptoFloor {
  const { verifyRequest, decryptPayload, signProof, verifyProof, verifyAssertion } = createCryptoSteps();
  const create = () => {
    verifyRequest();
    verifyRequest();
    decryptPayload();
    signProof();
    verifyProof();
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

export function createCryptoSteps(): CryptoSteps {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // The same length as the signed and encrypted data of an enrolment.
  const baseString = randomBytes(BASE_STRING_BYTES);
  const claims = randomBytes(800);
  const payload = Buffer.from(JSON.stringify(buildSessionInfo(new Date())));
  const signedByPasskey = randomBytes(37 + 32);
  const requestSignature = sign('sha256', baseString, rsa.privateKey);
  const proofSignature = sign('sha256', claims, rsa.privateKey);
  const assertionSignature = sign('sha256', signedByPasskey, ec.privateKey);
  const contentKey = randomBytes(32);
  const wrapped = publicEncrypt({ key: rsa.publicKey, ...OAEP }, contentKey);
  const iv = randomBytes(12);
  const cipher: CipherGCM = createCipheriv('aes-256-gcm', contentKey, iv);
  const ciphertext = Buffer.concat([cipher.update(payload), cipher.final()]);
  const tag = cipher.getAuthTag();
  const holds = (genuine: boolean) => {
    if (!genuine) throw new Error('The floor verifies what it has signed.');
  };

  return {
    verifyRequest: () => holds(verify('sha256', baseString, rsa.publicKey, requestSignature)),
    decryptPayload: () => {
      const unwrapped = privateDecrypt({ key: rsa.privateKey, ...OAEP }, wrapped);
      const decipher = createDecipheriv('aes-256-gcm', unwrapped, iv).setAuthTag(tag);
      decipher.update(ciphertext);
      decipher.final();
    },
    signProof: () => sign('sha256', claims, rsa.privateKey),
    verifyProof: () => holds(verify('sha256', claims, rsa.publicKey, proofSignature)),
    verifyAssertion: () => holds(verify('sha256', signedByPasskey, ec.publicKey, assertionSignature)),
  };
}

/** RS256 sign, RSA-OAEP-256 and A256GCM: what the caller of one Sessions call needs at least. */
export function createCallCryptography(): () => void {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const payload = Buffer.from(JSON.stringify(buildSessionInfo(new Date())));
  const baseString = randomBytes(BASE_STRING_BYTES);
  return () => {
    const contentKey = randomBytes(32);
    publicEncrypt({ key: rsa.publicKey, ...OAEP }, contentKey);
    const cipher: CipherGCM = createCipheriv('aes-256-gcm', contentKey, randomBytes(12));
    cipher.update(payload);
    cipher.final();
    cipher.getAuthTag();
    sign('sha256', baseString, rsa.privateKey);
  };
}
