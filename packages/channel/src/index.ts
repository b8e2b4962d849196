/**
 * Trust between two servers: request signatures, payload encryption, proofs, keys. Keys and times are passed in. For a peer's input the result is
 * a value (`ok`, and a `code` if it is false); for wrong input of our own it throws {@link ChannelError}.
 */
export { type AuditHead, readAuditHead, signAuditHead } from './audit-head.ts';
export { ChannelError, type ChannelErrorCode } from './channel-error.ts';
export { type CompactJws, readCompactJws } from './compact-jws.ts';
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
  pickOAuth2Pem,
  pickPublicPem,
  readAnyPrivateKey,
  readCertificates,
  readOAuth2Key,
  readPrivateKey,
  readPublicKey,
  type SigningKey,
  spkiFingerprint,
} from './keys.ts';
export { type RequestToSign, type SignatureDialect, signRequest } from './oauth/signature.ts';
export type { SignatureMethod } from './oauth/signature-text.ts';
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
export { issueAccessToken, openAccessToken, type TokenFacts } from './oauth2/access-token.ts';
export {
  type AssertionRefusal,
  type AssertionRefusalCode,
  type AssertionVerdict,
  type ClientAssertion,
  readClientAssertion,
  signClientAssertion,
  verifyClientAssertion,
} from './oauth2/client-assertion.ts';
export {
  createDpopVerifier,
  type DpopExpectation,
  type DpopKey,
  type DpopRefusal,
  type DpopVerdict,
  generateDpopKey,
  readJwkThumbprint,
  signDpopProof,
} from './oauth2/dpop.ts';
export { buildJwsSigner, type JwsSigner } from './oauth2/jws.ts';
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
export {
  buildWebhookKeySet,
  generateWebhookKey,
  type ReceivedWebhook,
  readWebhookKeys,
  readWebhookPrivateKey,
  signWebhook,
  verifyWebhook,
  WEBHOOK_TOLERANCE_SECONDS,
  type WebhookKey,
  type WebhookMessage,
  type WebhookRefusal,
  type WebhookVerdict,
} from './webhook.ts';
