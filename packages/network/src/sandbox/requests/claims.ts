/** The claims of a refused DPoP proof, client assertion or access token, with the values that the network compares them with. Pure. */
import { hash } from 'node:crypto';
import { type CompactJws, readCompactJws, readJwkThumbprint } from '@payment-passkeys/channel';
import { OAUTH2_ALGORITHMS, TOKEN_PATH } from '@payment-passkeys/protocol';
import type { RecordedClaim } from '@payment-passkeys/protocol/sandbox';
import { scopeOfRoute } from '../../domain/oauth2/scopes.ts';
import { MASK, showTarget } from './mask.ts';

export interface RefusedOAuth2 {
  /** The reason of the guard or of the token endpoint. */
  readonly because: string;
  readonly method: string;
  readonly target: string;
  readonly route: string | undefined;
  readonly receivedAt: Date;
  readonly publicUrl: string;
  /** The client that the record belongs to. */
  readonly clientId: string;
  readonly token: string | undefined;
  readonly proof: string | undefined;
  readonly assertion: string | undefined;
  /** The server nonce of the answer. */
  readonly nonce: string | undefined;
}

type Place = RecordedClaim['of'];
type Faults = Readonly<Partial<Record<Place, readonly string[]>>>;

/** The faulty claims, by the reason of the refusal. A token that the network has not signed is not shown: anybody can have written it. */
const FAULTS: Readonly<Record<string, Faults>> = {
  DPOP_MALFORMED: { PROOF: ['typ', 'alg'] },
  DPOP_KEY: { PROOF: ['jwk'] },
  DPOP_SIGNATURE: { PROOF: ['jwk'] },
  DPOP_CLAIMS: { PROOF: ['jti', 'htu', 'iat'] },
  DPOP_METHOD: { PROOF: ['htm'] },
  DPOP_URL: { PROOF: ['htu'] },
  DPOP_TIME: { PROOF: ['iat', 'exp', 'nbf'] },
  DPOP_TOKEN_HASH: { PROOF: ['ath'] },
  DPOP_OTHER_KEY: { PROOF: ['jwk'], TOKEN: ['cnf.jkt'] },
  NONCE_NEEDED: { PROOF: ['nonce'] },
  NONCE_USED: { PROOF: ['jti'] },
  PROOF_USED: { PROOF: ['jti'] },
  TOKEN_EXPIRED: { TOKEN: ['exp'] },
  KEY_REMOVED: { TOKEN: ['client_key'] },
  SCOPE: { TOKEN: ['scope'] },
  ASSERTION_MALFORMED: { ASSERTION: ['typ', 'alg', 'iss', 'sub'] },
  ASSERTION_SIGNATURE: { ASSERTION: [] },
  ASSERTION_AUDIENCE: { ASSERTION: ['aud'] },
  ASSERTION_CLAIMS: { ASSERTION: ['jti', 'exp'] },
  ASSERTION_TIME: { ASSERTION: ['exp', 'iat', 'nbf'] },
  ASSERTION_CLIENT: { ASSERTION: ['sub'] },
  ASSERTION_USED: { ASSERTION: ['jti'] },
};

/** Empty if the fault is in no claim, or if the claims cannot be read. */
export function readClaims(refused: RefusedOAuth2): RecordedClaim[] {
  const faults = FAULTS[refused.because] ?? {};
  const [proof, assertion, token] = [refused.proof, refused.assertion, refused.token].map(read);
  return [
    ...(proof && faults.PROOF ? buildRows('PROOF', proofClaims(proof, refused), faults.PROOF) : []),
    ...(assertion && faults.ASSERTION
      ? buildRows('ASSERTION', assertionClaims(assertion, refused), faults.ASSERTION)
      : []),
    ...(token && faults.TOKEN ? buildRows('TOKEN', tokenClaims(token, proof, refused), faults.TOKEN) : []),
  ];
}

/** The name; what the request has; what the network compares it with. */
type Claim = readonly [name: string, given: string | undefined, expected?: string | undefined];

/** Leaves out optional claims that are absent. */
function buildRows(of: Place, claims: readonly Claim[], faults: readonly string[]): RecordedClaim[] {
  return claims
    .filter(([, given, expected]) => given !== undefined || expected !== undefined)
    .map(([name, given, expected]) => ({
      of,
      name,
      ...(given !== undefined && { given: given.slice(0, 500) }),
      ...(expected !== undefined && { expected: expected.slice(0, 500) }),
      wrong: faults.includes(name),
    }));
}

const ALGORITHMS = OAUTH2_ALGORITHMS.join(', ');

function proofClaims({ header, claims }: CompactJws, refused: RefusedOAuth2): readonly Claim[] {
  const { method, target, route, receivedAt, publicUrl, token, nonce } = refused;
  const { typ, alg, jwk } = header;
  const { htm, htu, iat, exp, nbf, ath, jti } = claims;
  const now = receivedAt.toISOString();
  return [
    ['typ', show(typ, TYPE), 'dpop+jwt'],
    ['alg', show(alg, ALGORITHM), ALGORITHMS],
    ['jwk', jwk === undefined ? undefined : (readJwkThumbprint(jwk) ?? MASK), boundKey(read(token))],
    ['htm', show(htm, METHOD), method],
    ['htu', showAddress(htu, route), publicUrl + showTarget(target, route).path],
    ['iat', showTime(iat), now],
    ['exp', showTime(exp), exp === undefined ? undefined : now],
    ['nbf', showTime(nbf), nbf === undefined ? undefined : now],
    ['nonce', show(claims.nonce, NONCE), nonce],
    ...(token === undefined ? [] : [['ath', show(ath, HASH), hash('sha256', token, 'base64url')] as const]),
    ['jti', hide(jti), VISIBLE],
  ];
}

function assertionClaims({ header, claims }: CompactJws, refused: RefusedOAuth2): readonly Claim[] {
  const { receivedAt, publicUrl, clientId, route } = refused;
  const { iss, sub, aud, exp, iat, nbf, jti } = claims;
  const own = (value: unknown) => (value === clientId ? clientId : hide(value));
  const now = receivedAt.toISOString();
  return [
    ['typ', show(header.typ, TYPE)],
    ['alg', show(header.alg, ALGORITHM), ALGORITHMS],
    ['iss', own(iss), clientId],
    ['sub', own(sub), clientId],
    ['aud', showAddress(aud, route), `${publicUrl} or ${publicUrl}${TOKEN_PATH}`],
    ['exp', showTime(exp), now],
    ['iat', showTime(iat), iat === undefined ? undefined : now],
    ['nbf', showTime(nbf), nbf === undefined ? undefined : now],
    ['jti', hide(jti), VISIBLE],
  ];
}

/** The token is the network's own: the fault was found after its signature was verified. */
function tokenClaims(token: CompactJws, proof: CompactJws | undefined, refused: RefusedOAuth2): readonly Claim[] {
  const { exp, scope, client_key: clientKey } = token.claims;
  return [
    ['exp', showTime(exp), refused.receivedAt.toISOString()],
    ['scope', text(scope), scopeOfRoute(refused.route ?? '')],
    ['cnf.jkt', boundKey(token), readJwkThumbprint(proof?.header.jwk)],
    ['client_key', text(clientKey)],
  ];
}

function boundKey(token: CompactJws | undefined): string | undefined {
  const { cnf } = token?.claims ?? {};
  return typeof cnf === 'object' && cnf !== null && 'jkt' in cnf ? text(cnf.jkt) : undefined;
}

function read(jwt: string | undefined): CompactJws | undefined {
  return jwt === undefined ? undefined : readCompactJws(jwt);
}

const TYPE = /^([a-z-]{1,30}\+)?jwt$/i;
const ALGORITHM = /^(none|EdDSA|(HS|RS|PS|ES)(256|384|512))$/;
const METHOD = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/i;
const NONCE = /^[0-9]{1,9}\.[A-Za-z0-9_-]{22}$/;
/** A SHA-256 hash. A wrong encoding is a frequent fault, so other encodings than base64url are shown too. */
const HASH = /^([A-Za-z0-9_-]{43}|[A-Za-z0-9+/]{43}=|[0-9a-f]{64})$/i;
const VISIBLE = '1 to 128 visible characters';

/** A value in a known form. */
function show(value: unknown, form: RegExp): string | undefined {
  return typeof value === 'string' && form.test(value) ? value : hide(value);
}

/** `*` and the length, which tells an empty value from a missing one. */
function hide(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? `${MASK} (${value.length})` : MASK;
}

/** Shows a NumericDate of this century. Anything else is hidden, because it may be an account. */
function showTime(value: unknown): string | undefined {
  if (typeof value !== 'number' || !(value > 946_684_800 && value < 4_102_444_800)) return hide(value);
  return new Date(value * 1000).toISOString();
}

/** The host has letters only, because a number in its place may be an account. */
const ORIGIN = /^https?:\/\/[a-z.-]{1,100}(:[0-9]{1,5})?$/;

function showAddress(value: unknown, route: string | undefined): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return hide(value);
  const { origin, pathname, search, hash: fragment, username } = new URL(value);
  if (!ORIGIN.test(origin) || username !== '') return hide(value);
  const shown = showTarget(pathname + search, route);
  // The parser adds the slash of an empty path; whether it was sent matters in `aud`.
  const path = value === origin ? '' : shown.path;
  return origin + path + (search && `?${shown.search}`) + (fragment && `#${MASK}`);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
