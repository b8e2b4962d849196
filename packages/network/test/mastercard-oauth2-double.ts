/**
 * A client that behaves like Mastercard's `@mastercard/oauth2-client-js` 1.0.0 (github.com/Mastercard/oauth2-client-js, commit 6d1b933), which is
 * in no public registry: the same claims, lifetimes and headers, one retry on use_dpop_nonce, tokens kept by key thumbprint and scopes.
 */
import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface DoubleOptions {
  readonly clientId: string;
  readonly kid: string;
  readonly clientKey: KeyObject;
  readonly dpopKey: KeyObject;
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly scopes: readonly string[];
  readonly fetch: (url: string, init: RequestInit & { readonly method: string }) => Promise<Response>;
}

/** The lifetime of its DPoP proofs and of its assertions. */
const LIFETIME_SECONDS = 90;
/** A token that expires within this time is replaced. */
const EXPIRATION_THRESHOLD_SECONDS = 60;

export function createMastercardDouble(options: DoubleOptions) {
  const { clientId, kid, clientKey, dpopKey, issuer, tokenEndpoint, scopes } = options;
  const tokens = new Map<string, { readonly value: string; readonly expiresAt: number }>();
  const jwk = createPublicKey(dpopKey).export({ format: 'jwk' });
  const members =
    jwk.kty === 'EC' ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y } : { e: jwk.e, kty: jwk.kty, n: jwk.n };
  const jkt = createHash('sha256').update(JSON.stringify(members)).digest('base64url');
  const tokenKey = `${jkt}|${scopes.toSorted().join(' ')}`;
  let nonce: string | undefined;

  const now = () => Math.floor(Date.now() / 1000);
  const jti = () => randomBytes(12).toString('base64url');

  const prove = (method: string, url: string, token?: string) => {
    const { protocol, hostname, port, pathname } = new URL(url);
    const claims = {
      jti: jti(),
      htm: method.toUpperCase(),
      // As the library writes it: a port stays only with https.
      htu: `${protocol}//${hostname}${port && protocol === 'https:' && port !== '443' ? `:${port}` : ''}${pathname}`,
      iat: now(),
      exp: now() + LIFETIME_SECONDS,
      ...(token !== undefined && { ath: createHash('sha256').update(token).digest('base64url') }),
      ...(nonce !== undefined && { nonce }),
    };
    return signJwt({ typ: 'dpop+jwt', jwk: members, kid: jkt }, claims, dpopKey);
  };

  const askForToken = async (): Promise<Response> => {
    const times = { iat: now(), nbf: now(), exp: now() + LIFETIME_SECONDS };
    const assertion = { iss: clientId, sub: clientId, aud: issuer, jti: jti(), ...times };
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: signJwt({ typ: 'JWT', kid }, assertion, clientKey),
    });
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      dpop: prove('POST', tokenEndpoint),
    };
    const response = await options.fetch(tokenEndpoint, { method: 'POST', headers, body });
    nonce = response.headers.get('dpop-nonce') ?? nonce;
    return response;
  };

  const needsNonce = async (response: Response) =>
    [400, 401].includes(response.status) &&
    ((await response.clone().text()).includes('"use_dpop_nonce"') ||
      (response.headers.get('www-authenticate') ?? '').includes('use_dpop_nonce'));

  const takeToken = async (): Promise<string> => {
    const kept = tokens.get(tokenKey);
    if (kept !== undefined && kept.expiresAt >= now() + EXPIRATION_THRESHOLD_SECONDS) return kept.value;
    let response = await askForToken();
    if (await needsNonce(response)) response = await askForToken();
    const {
      access_token: value,
      token_type,
      expires_in,
    } = (await response.json()) as Readonly<Record<string, unknown>>;
    if (typeof value !== 'string' || String(token_type).toLowerCase() !== 'dpop' || typeof expires_in !== 'number') {
      throw new Error('The token answer is not one of FAPI 2.0.');
    }
    tokens.set(tokenKey, { value, expiresAt: now() + expires_in });
    return value;
  };

  return async (url: string, init: { readonly method: string; readonly body?: string }): Promise<Response> => {
    const send = async () => {
      const token = await takeToken();
      const headers = {
        authorization: `DPoP ${token}`,
        dpop: prove(init.method, url, token),
        ...(init.body !== undefined && { 'content-type': 'application/json' }),
      };
      const response = await options.fetch(url, { ...init, headers });
      nonce = response.headers.get('dpop-nonce') ?? nonce;
      return response;
    };
    const first = await send();
    return (await needsNonce(first)) ? send() : first;
  };
}

function signJwt(header: object, claims: object, key: KeyObject): string {
  const isRsa = key.asymmetricKeyType === 'rsa';
  const text = [{ alg: isRsa ? 'PS256' : 'ES256', ...header }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = isRsa
    ? sign('sha256', Buffer.from(text), { key, padding: 6, saltLength: 32 })
    : sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
