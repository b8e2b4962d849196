/**
 * How two servers trust each other: request signatures, payload encryption, proofs, keys. Pure but for the keys handed in.
 * What a peer sent is judged by a value (`ok`, and a `code` where it is false); what we ourselves hand in wrongly throws {@link ChannelError}.
 */
export { ChannelError, type ChannelErrorCode } from './channel-error.ts';
export {
  buildDecryptionKey,
  type ContentEncryption,
  type Decryption,
  type DecryptionKey,
  decryptPayload,
  type EncryptionRecipient,
  encryptPayload,
} from './encryption.ts';
export {
  type Claims,
  type JwtRefusal,
  type JwtSigningKey,
  type JwtVerdict,
  signJwt,
  type VerificationKey,
  type VerificationKeys,
  verifyJwt,
} from './jwt.ts';
export {
  buildEncryptionKeySet,
  buildSigningKeySet,
  findEncryptionKey,
  type KeySet,
  type KeySetReading,
  type PublicJwk,
  type PublishedKey,
  readKeySet,
} from './key-sets.ts';
export {
  certificateFingerprint,
  type EncryptionKey,
  findCertificate,
  generateEncryptionKey,
  generateSigningKey,
  pickPublicPem,
  readCertificates,
  readPrivateKey,
  readPublicKey,
  type SigningKey,
  spkiFingerprint,
} from './keys.ts';
export { type RequestToSign, type SignatureDialect, type SignatureMethod, signRequest } from './oauth/signature.ts';
export {
  type ReceivedRequest,
  readSignedRequest,
  type SignatureRefusal,
  type SignatureRefusalCode,
  type SignatureVerdict,
  type SignedRequest,
  type SignedRequestReading,
  verifySignature,
} from './oauth/verify.ts';
export { issueProof, judgeProof, type ProofJudgement, type ProofVerdict, verifyProof } from './proof.ts';
export type { Signer } from './rsa.ts';
export {
  decryptVerificationAccount,
  issueVerificationRequest,
  issueVerificationResponse,
  type VerificationAnswer,
  type VerificationRequestVerdict,
  type VerificationResponseVerdict,
  verifyVerificationRequest,
  verifyVerificationResponse,
} from './verification.ts';
