/** What a merchant passes to its processor about an approved payment (contract §9): who verified the cardholder, how and when, and the proof. */
import { type CardholderVerification, readPaymentClaims } from '@payment-passkeys/protocol';

/** The common fields of every element: the cardholder was verified. */
interface Verified {
  readonly verificationType: 'CARDHOLDER';
  readonly verificationResults: '01';
  /** RFC 3339. */
  readonly verificationTimestamp: string;
  /** The proof, a JWT. Send it to the processor; never log or show it. */
  readonly additionalData: string;
}

/** The approval of the payment with the passkey. */
export interface PasskeyVerification extends Verified {
  readonly verificationEntity: '02';
  readonly verificationMethod: '07';
  readonly verificationEvents: readonly ['01'];
}

/** The issuer's verification, if the passkey was made during this payment. */
export interface IssuerVerification extends Verified {
  readonly verificationEntity: '03';
  /** 01: 3-D Secure, or at a branch, which has no code. 02: the issuer's own login. 04: a one-time code. */
  readonly verificationMethod: '01' | '02' | '04';
  readonly verificationEvents: readonly ['02'];
}

/** The elements in the order of their events. */
export interface AssuranceData {
  readonly verificationData: readonly [PasskeyVerification] | readonly [IssuerVerification, PasskeyVerification];
  /** The electronic commerce indicator of the card's brand. Only with `eci` of `createMerchant`. */
  readonly eci?: string;
}

const METHODS = { '3DS': '01', BRANCH: '01', ISSUER_LOGIN: '02', OTP: '04' } as const satisfies Record<
  CardholderVerification['method'],
  string
>;

/** `proofOfAuthentication` must be verified, or have the hash of the one that was: its claims are only read here. */
export function buildAssuranceData({
  proofOfAuthentication,
  authenticatedAt,
}: {
  readonly proofOfAuthentication: string;
  readonly authenticatedAt: Date;
}): AssuranceData {
  const verified = {
    verificationType: 'CARDHOLDER',
    verificationResults: '01',
    additionalData: proofOfAuthentication,
  } as const;
  const passkey: PasskeyVerification = {
    ...verified,
    verificationEntity: '02',
    verificationMethod: '07',
    verificationTimestamp: authenticatedAt.toISOString(),
    verificationEvents: ['01'],
  };
  const byIssuer = readVerification(proofOfAuthentication);
  if (byIssuer === undefined) return { verificationData: [passkey] };
  const issuer: IssuerVerification = {
    ...verified,
    verificationEntity: '03',
    verificationMethod: METHODS[byIssuer.method],
    verificationTimestamp: byIssuer.verifiedAt,
    verificationEvents: ['02'],
  };
  return { verificationData: [issuer, passkey] };
}

function readVerification(proof: string): CardholderVerification | undefined {
  const [, payload = ''] = proof.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')); // of a verified proof
  return readPaymentClaims(claims)?.cardholderVerification;
}
