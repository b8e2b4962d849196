/** The verdicts on the callback and the proof, from a callback's address that a person brings. Its proof is read, and never verified. */
import { PROOF_SECONDS, REASONS } from '@payment-passkeys/protocol';
import { type Evidence, reasonOfNothing } from './evidence.ts';
import { isPlainName, namesOf } from './exchange.ts';
import { differs, type Judgement, notReached, seen } from './findings.ts';

const NO_CALLBACK = "only after a cardholder's visit: give the callback's address of a test enrolment (--callback)";
const NO_PROOF = 'the callback has no proof that can be read';

function readParameters({ callback }: Evidence): URLSearchParams | undefined {
  return callback !== undefined && URL.canParse(callback) ? new URL(callback).searchParams : undefined;
}

export function judgeCallback(evidence: Evidence): Judgement {
  const parameters = readParameters(evidence);
  if (parameters === undefined) return notReached(NO_CALLBACK);
  const status = parameters.get('status') ?? '';
  const reason = parameters.get('reason') ?? '';
  const hasProof = parameters.has('proofOfAuthentication');
  if (status === 'ENROLLED') return hasProof ? seen('ENROLLED, with a proof') : differs('ENROLLED, without a proof');
  const isKnown = (REASONS as readonly string[]).includes(reason);
  if ((status === 'CANCELLED' || status === 'ERROR') && isKnown) return seen(`${status} ${reason}`);
  const others = [...parameters.keys()].filter(isPlainName);
  return differs(`no status and reason of the closed sets; its parameters: ${others.join(', ') || 'none'}`);
}

type Part = Readonly<Record<string, unknown>>;

function readProof(evidence: Evidence): { readonly header: Part; readonly claims: Part } | string {
  const parameters = readParameters(evidence);
  if (parameters === undefined) return NO_CALLBACK;
  const parts = (parameters.get('proofOfAuthentication') ?? '').split('.').slice(0, 2).map(decode);
  const [header, claims] = parts;
  return header === undefined || claims === undefined ? NO_PROOF : { header, claims };
}

function decode(segment: string): Part | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Part) : undefined;
  } catch {
    return undefined;
  }
}

export function judgeProofForm(evidence: Evidence): Judgement {
  const proof = readProof(evidence);
  if (typeof proof === 'string') return notReached(proof);
  const { header, claims } = proof;
  const problems: string[] = [];
  if (header.alg !== 'RS256') problems.push('its alg is not RS256');
  if (typeof claims.clientSessionId !== 'string') problems.push('it has no clientSessionId');
  const lasts = Number(claims.exp) - Number(claims.iat);
  if (lasts !== PROOF_SECONDS) problems.push(`exp is ${Number.isFinite(lasts) ? `iat + ${lasts}` : 'not a time'}`);
  if (problems.length > 0) return differs(problems.join('; '));
  return seen(`RS256, exp = iat + ${PROOF_SECONDS}; claims: ${namesOf(claims).join(', ')}`);
}

export function judgeProofAudience(evidence: Evidence): Judgement {
  const { audience } = evidence.profile.proof;
  const proof = readProof(evidence);
  const published = typeof proof === 'string' ? publishedAudience(evidence) : proof.claims.aud;
  if (published === undefined) return notReached(typeof proof === 'string' ? proof : 'the proof has no aud');
  const all = Array.isArray(published) ? published : [published];
  if (all.includes(audience)) return seen(audience);
  const [first] = all;
  if (!isAddressOrName(first)) return differs('another one, which is no address and no name');
  return differs(first, { option: 'proof.audience', value: first });
}

/** A network of this project states the audience beside its encryption keys. */
function publishedAudience(evidence: Evidence): unknown {
  const { key } = evidence.profile.encryption;
  const keySet = 'keySetUrl' in key && evidence.exchanges.find(({ url }) => url === key.keySetUrl)?.reading;
  return keySet && keySet.kind === 'ANSWER' && typeof keySet.body === 'object' && keySet.body !== null
    ? (keySet.body as { readonly audience?: unknown }).audience
    : undefined;
}

export function judgeProofIssuer(evidence: Evidence): Judgement {
  const proof = readProof(evidence);
  if (typeof proof === 'string') return notReached(proof);
  const { profile } = evidence;
  const expected = profile.proof.verify === 'ISSUER' ? profile.proof.issuer : profile.pageOrigin;
  const { iss } = proof.claims;
  if (iss === expected) return seen(expected);
  if (!isAddressOrName(iss)) return differs('another one, which is no address and no name');
  return profile.proof.verify === 'ISSUER' ? differs(iss, { option: 'proof.issuer', value: iss }) : differs(iss);
}

function isAddressOrName(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9:/._-]{1,255}$/.test(value) && !/[0-9]{9}/.test(value);
}

export function judgeProofKeys(evidence: Evidence): Judgement {
  const { proof } = evidence.profile;
  if (proof.verify === 'NETWORK') return notReached('the profile names no key set; the network verifies proofs');
  const reading = evidence.exchanges.find(({ url }) => url === proof.keySetUrl)?.reading;
  if (reading === undefined) return notReached('it was not asked for');
  if (reading.kind === 'ANSWER') return seen('the key set of the profile is published');
  return reading.kind === 'REFUSAL' ? differs(reasonOfNothing(reading)) : notReached(reasonOfNothing(reading));
}
