/** OAuth 2.0 with WebCrypto, in the page: requests access tokens, proves calls with DPoP. The keys are not extractable and stay in the page. */
import { fromBase64, toBase64Url, utf8, type WebKey } from './bytes.ts';
import { readPem } from './private-key.ts';

/** A key that signs JWTs. */
export interface JwtKey {
  readonly algorithm: 'PS256' | 'ES256';
  readonly key: WebKey;
}

const ALGORITHMS = {
  PS256: { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 },
  ES256: { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' },
} as const;

/** Throws, with a sentence for the developer, unless `pem` is a private key of RSA or on P-256 in PKCS#8. */
export async function importAssertionKey(pem: string): Promise<JwtKey> {
  const { der, form } = readPem(pem);
  if (form === 'PKCS8') {
    for (const algorithm of ['PS256', 'ES256'] as const) {
      const imported = crypto.subtle.importKey('pkcs8', fromBase64(der), ALGORITHMS[algorithm], false, ['sign']);
      const key = await imported.catch(() => undefined);
      if (key !== undefined) return { algorithm, key };
    }
  }
  throw new Error('That is no private key of RSA or on P-256 in PKCS#8: openssl pkcs8 -topk8 -nocrypt -in key.pem');
}

/** The parts of the token endpoint's answer that are read. */
export interface TokenAnswer {
  readonly nonce: string | null;
  readonly body: unknown;
}

export interface TokenClientOptions {
  readonly clientId: string;
  readonly key: JwtKey;
  /** The network's PUBLIC_URL. */
  readonly issuer: string;
  readonly tokenEndpoint: string;
  /** Posts a form to the token endpoint. */
  readonly postForm: (form: URLSearchParams, proof: string) => Promise<TokenAnswer>;
  readonly clock: () => Date;
}

export interface TokenClient {
  /** The headers of a call. Requests a new token if the last one is four minutes old. Throws with a sentence for the developer. */
  authorize(call: { readonly method: string; readonly url: string }): Promise<{ authorization: string; dpop: string }>;
}

/** Shorter than the network accepts a server nonce, so a call needs no second try. */
const TOKEN_KEPT_MILLISECONDS = 4 * 60 * 1000;
const LIFETIME_SECONDS = 90;

/** Makes the DPoP key. */
export async function createTokenClient(options: TokenClientOptions): Promise<TokenClient> {
  const { clientId, key, issuer, tokenEndpoint, postForm, clock } = options;
  const pair = await crypto.subtle.generateKey(ALGORITHMS.ES256, false, ['sign', 'verify']);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const dpopKey: JwtKey = { algorithm: 'ES256', key: pair.privateKey };
  let nonce: string | undefined;
  let kept: { readonly token: string; readonly takenAt: number } | undefined;
  const seconds = () => Math.floor(clock().getTime() / 1000);

  const prove = async ({ method, url, token }: { method: string; url: string; token?: string }) => {
    const ath = token && toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(token))));
    const claims = {
      jti: crypto.randomUUID(),
      htm: method,
      htu: url.replace(/[?#].*$/s, ''),
      iat: seconds(),
      nonce,
      ath,
    };
    return signJwt({ typ: 'dpop+jwt', jwk: { kty, crv, x, y } }, claims, dpopKey);
  };

  const ask = async () => {
    const times = { iat: seconds(), exp: seconds() + LIFETIME_SECONDS };
    const claims = { iss: clientId, sub: clientId, aud: issuer, jti: crypto.randomUUID(), ...times };
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signJwt({ typ: 'JWT' }, claims, key),
    });
    const answer = await postForm(form, await prove({ method: 'POST', url: tokenEndpoint }));
    nonce = answer.nonce ?? nonce;
    return Object(answer.body) as Readonly<Record<string, unknown>>;
  };

  const takeToken = async (): Promise<string> => {
    const now = clock().getTime();
    if (kept !== undefined && now - kept.takenAt < TOKEN_KEPT_MILLISECONDS) return kept.token;
    const first = await ask();
    const {
      access_token: token,
      error,
      error_description: why,
    } = first.error === 'use_dpop_nonce' ? await ask() : first;
    if (typeof token !== 'string') throw new Error(`No access token: ${error}: ${why}`);
    kept = { token, takenAt: now };
    return token;
  };

  return {
    async authorize(call) {
      const token = await takeToken();
      return { authorization: `DPoP ${token}`, dpop: await prove({ ...call, token }) };
    },
  };
}

async function signJwt(header: object, claims: object, { algorithm, key }: JwtKey): Promise<string> {
  const parts = [{ alg: algorithm, ...header }, claims].map((part) => toBase64Url(utf8(JSON.stringify(part))));
  const text = parts.join('.');
  const signature = await crypto.subtle.sign(ALGORITHMS[algorithm], key, utf8(text));
  return `${text}.${toBase64Url(new Uint8Array(signature))}`;
}
