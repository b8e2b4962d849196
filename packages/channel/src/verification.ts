/**
 * The issuer's verification (contract §11): the network asks and the issuer answers by two JWTs that the cardholder's browser carries. For
 * the network: {@link issueVerificationRequest}, {@link verifyVerificationResponse}. For the issuer: {@link verifyVerificationRequest},
 * {@link decryptVerificationAccount}, {@link issueVerificationResponse}.
 */
import type { KeyObject } from 'node:crypto';
import {
  addSeconds,
  CLOCK_SKEW_SECONDS,
  compileSchema,
  epochSeconds,
  VERIFICATION_SECONDS,
  VerificationAccount,
  VerificationRequestClaims,
  type VerificationResponseClaims,
  VerificationResponseClaims as VerificationResponseClaimsSchema,
} from '@payment-passkeys/protocol';
import { ChannelError } from './channel-error.ts';
import { type DecryptionKey, decryptPayload, encryptPayload } from './encryption.ts';
import { type JwtSigningKey, signJwt, type VerificationKeys, verifyJwt } from './jwt.ts';
import { spkiFingerprint } from './keys.ts';

const requestClaims = compileSchema(VerificationRequestClaims);
const responseClaims = compileSchema(VerificationResponseClaimsSchema);
const accountSchema = compileSchema(VerificationAccount);

/**
 * Signs the network's question, with the account encrypted to the issuer (`kid` is the {@link spkiFingerprint} of its key).
 * @throws {ChannelError} CLAIMS_INVALID if {@link verifyVerificationRequest} would refuse them.
 */
export async function issueVerificationRequest(options: {
  /** The network's PUBLIC_URL. */
  readonly issuer: string;
  /** The card issuer's clientId. */
  readonly audience: string;
  readonly requestId: string;
  readonly returnUri: string;
  readonly merchantName: string;
  readonly account: VerificationAccount;
  readonly encryptionKey: KeyObject;
  readonly key: JwtSigningKey;
  readonly now: Date;
}): Promise<string> {
  const { account, encryptionKey, now } = options;
  const iat = epochSeconds(now);
  const claims: VerificationRequestClaims = {
    iss: options.issuer,
    aud: options.audience,
    jti: options.requestId,
    iat,
    exp: iat + VERIFICATION_SECONDS,
    returnUri: options.returnUri,
    merchantName: options.merchantName,
    lastFour: account.primaryAccountNumber.slice(-4),
    encryptedAccount: encryptPayload({
      payload: account,
      key: { kid: spkiFingerprint(encryptionKey), publicKey: encryptionKey },
      encryption: 'A256GCM',
    }),
  };
  if (!requestClaims.accepts(claims) || !accountSchema.accepts(account)) {
    throw new ChannelError('CLAIMS_INVALID', 'The claims are not those of a verification request.');
  }
  return signJwt({ claims, key: options.key });
}

export type VerificationRequestVerdict =
  | { readonly ok: true; readonly claims: VerificationRequestClaims }
  | { readonly ok: false; readonly code: 'REQUEST_INVALID' | 'REQUEST_EXPIRED' };

/**
 * Verifies the network's question at the issuer: everything that verifyJwt checks, the claims by the schema of the package protocol, and a
 * lifetime of at most VERIFICATION_SECONDS. REQUEST_EXPIRED means that everything else is valid. Not checked: that `returnUri` is the
 * network's (compare it with the address from onboarding), and whether the request was answered before. Throws only what a look-up of keys
 * throws.
 */
export async function verifyVerificationRequest(options: {
  readonly request: string;
  /** The network's published signing keys, the same as for proofs. */
  readonly keys: VerificationKeys;
  /** The network's PUBLIC_URL. */
  readonly issuer: string;
  /** The card issuer's own clientId. */
  readonly audience: string;
  readonly now: Date;
}): Promise<VerificationRequestVerdict> {
  const { request: jwt, keys, issuer, audience, now } = options;
  const verdict = await verifyJwt({ jwt, keys, issuer, audience, now });
  if (!verdict.ok && verdict.code === 'JWT_INVALID') return { ok: false, code: 'REQUEST_INVALID' };
  const { claims } = verdict;
  if (!requestClaims.accepts(claims) || !livesAtMost(VERIFICATION_SECONDS, claims)) {
    return { ok: false, code: 'REQUEST_INVALID' };
  }
  return verdict.ok ? { ok: true, claims } : { ok: false, code: 'REQUEST_EXPIRED' };
}

/** The card of a verified request; undefined if it was not encrypted to one of these keys, or is not a card. Never throws. */
export async function decryptVerificationAccount(options: {
  readonly encryptedAccount: string;
  /** The private keys that belong to the public key from the issuer's onboarding; see buildDecryptionKey. */
  readonly keys: readonly DecryptionKey[];
}): Promise<VerificationAccount | undefined> {
  const decryption = await decryptPayload({ jwe: options.encryptedAccount, keys: options.keys });
  if (!decryption.ok) return undefined;
  const account = readJson(decryption.plaintext);
  return accountSchema.accepts(account) ? account : undefined;
}

/** The issuer's answer. `verifiedAt` is at most VERIFICATION_SECONDS ago. */
export type VerificationAnswer =
  | {
      readonly result: 'VERIFIED';
      readonly method: Extract<VerificationResponseClaims, { result: 'VERIFIED' }>['method'];
      readonly verifiedAt: Date;
    }
  | { readonly result: 'REFUSED' };

/**
 * Signs the issuer's answer. The network has the public half of the key from onboarding; `kid` must be the {@link spkiFingerprint} of that
 * half, by which the network finds it.
 * @throws {ChannelError} CLAIMS_INVALID if {@link verifyVerificationResponse} would refuse them.
 */
export async function issueVerificationResponse(options: {
  /** The card issuer's clientId. */
  readonly issuer: string;
  /** The network's PUBLIC_URL. */
  readonly audience: string;
  /** The request's `jti`. */
  readonly inResponseTo: string;
  readonly answer: VerificationAnswer;
  readonly key: JwtSigningKey;
  readonly now: Date;
}): Promise<string> {
  const { answer } = options;
  const iat = epochSeconds(options.now);
  const common = {
    iss: options.issuer,
    aud: options.audience,
    iat,
    exp: iat + VERIFICATION_SECONDS,
    inResponseTo: options.inResponseTo,
  };
  const claims: VerificationResponseClaims =
    answer.result === 'VERIFIED'
      ? { ...common, result: 'VERIFIED', method: answer.method, verifiedAt: epochSeconds(answer.verifiedAt) }
      : { ...common, result: 'REFUSED' };
  if (!responseClaims.accepts(claims) || !isFresh(claims, options.now)) {
    throw new ChannelError('CLAIMS_INVALID', 'The claims are not those of a verification response.');
  }
  return signJwt({ claims, key: options.key });
}

export type VerificationResponseVerdict =
  | { readonly ok: true; readonly claims: VerificationResponseClaims }
  /** Genuine, but the token has expired or the verification in it is too old. */
  | { readonly ok: false; readonly code: 'RESPONSE_EXPIRED'; readonly claims: VerificationResponseClaims }
  | { readonly ok: false; readonly code: 'RESPONSE_INVALID' };

/**
 * Verifies the issuer's answer at the network: everything that verifyJwt checks, the claims by the schema of the package protocol, a
 * lifetime of at most VERIFICATION_SECONDS, and a `verifiedAt` at most that long ago. Not checked: which request it answers, and that it is
 * accepted once.
 */
export async function verifyVerificationResponse(options: {
  readonly response: string;
  /** The issuer's public key from onboarding. */
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly audience: string;
  readonly now: Date;
}): Promise<VerificationResponseVerdict> {
  const { response: jwt, publicKey, issuer, audience, now } = options;
  const keys = [{ kid: spkiFingerprint(publicKey), publicKey }];
  const verdict = await verifyJwt({ jwt, keys, issuer, audience, now });
  if (!verdict.ok && verdict.code === 'JWT_INVALID') return { ok: false, code: 'RESPONSE_INVALID' };
  const { claims } = verdict;
  if (!responseClaims.accepts(claims) || !livesAtMost(VERIFICATION_SECONDS, claims)) {
    return { ok: false, code: 'RESPONSE_INVALID' };
  }
  if (!verdict.ok || !isFresh(claims, now)) return { ok: false, code: 'RESPONSE_EXPIRED', claims };
  return { ok: true, claims };
}

function isFresh(claims: VerificationResponseClaims, now: Date): boolean {
  if (claims.result === 'REFUSED') return true;
  const { verifiedAt } = claims;
  return (
    verifiedAt > epochSeconds(addSeconds(now, -VERIFICATION_SECONDS)) &&
    verifiedAt <= epochSeconds(now) + CLOCK_SKEW_SECONDS
  );
}

function livesAtMost(seconds: number, { iat, exp }: { readonly iat: number; readonly exp: number }): boolean {
  return exp > iat && exp - iat <= seconds;
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined; // the parser's message would quote the text
  }
}
