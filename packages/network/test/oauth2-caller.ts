/** A client of OAuth 2.0 for tests. jose signs for it, so that the tests do not check the network's code with itself. */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { CLIENT_ASSERTION_TYPE, type ClientRegistration, TOKEN_PATH } from '@payment-passkeys/protocol';
import { buildClientRegistration } from '@payment-passkeys/testkit';
import { type JWTHeaderParameters, SignJWT } from 'jose';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { bySetUp } from './by-set-up.ts';
import type { TestNetwork } from './running-network.ts';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const newP256 = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const newRsa = (): KeyPair => generateKeyPairSync('rsa', { modulusLength: 2048 });
export const pemOf = ({ publicKey }: KeyPair) => publicKey.export({ type: 'spki', format: 'pem' }).toString();
export const algorithmOf = ({ privateKey }: KeyPair) => (privateKey.asymmetricKeyType === 'rsa' ? 'PS256' : 'ES256');

/** What a test changes in a token that would be accepted. A claim that is undefined is left out. */
export interface JwtChanges {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Signs in place of the right key. */
  readonly key?: KeyPair;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any member of an answer
  readonly body: any;
}

/** Registers a client with these keys; `changes` adds OAuth 1.0a. */
export async function registerCaller(
  network: TestNetwork,
  keys: readonly KeyPair[],
  changes: Partial<ClientRegistration> = {},
): Promise<ClientRegistration> {
  const { consumerKey: _name, signingKey: _key, ...rest } = buildClientRegistration('');
  const registration = { ...rest, clientId: 'newer-bank', accountRanges: ['222300'], ...changes };
  const client = readRegistration({ ...registration, oauth2Keys: keys.map(pemOf) });
  const saved = await saveClient(network.database.pool, client, bySetUp(network.now));
  if (typeof saved !== 'string') throw new Error(`The client conflicts with ${saved.clientId}: ${saved.conflict}`);
  return registration;
}

/** `address` is that of one of the network's processes. */
export function createCaller(
  network: TestNetwork,
  {
    clientId,
    key,
    dpopKey = newP256(),
    address = network.address,
  }: { readonly clientId: string; readonly key: KeyPair; readonly dpopKey?: KeyPair; readonly address?: string },
) {
  let nonce: string | undefined;
  const seconds = () => Math.floor(network.now.getTime() / 1000);

  function sign(claims: Readonly<Record<string, unknown>>, header: JWTHeaderParameters, by: KeyPair): Promise<string> {
    const given = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
    return new SignJWT(given).setProtectedHeader(header).sign(by.privateKey);
  }

  const caller = {
    dpopKey,
    assertion: ({ header, claims, key: by = key }: JwtChanges = {}) =>
      sign(
        {
          ...{ iss: clientId, sub: clientId, aud: network.publicUrl, jti: randomUUID() },
          ...{ iat: seconds(), nbf: seconds(), exp: seconds() + 90 },
          ...claims,
        },
        { alg: algorithmOf(by), typ: 'JWT', ...header },
        by,
      ),
    proof: (
      request: { readonly method: string; readonly path: string; readonly token?: string | undefined },
      { header, claims, key: by = dpopKey }: JwtChanges = {},
    ) =>
      sign(
        {
          ...{ jti: randomUUID(), htm: request.method, htu: network.publicUrl + request.path.replace(/\?.*/, '') },
          ...{ iat: seconds(), nonce },
          ...(request.token !== undefined && { ath: createHash('sha256').update(request.token).digest('base64url') }),
          ...claims,
        },
        { alg: algorithmOf(by), typ: 'dpop+jwt', jwk: by.publicKey.export({ format: 'jwk' }), ...header },
        by,
      ),
    /** Sends a form to the token endpoint; a parameter that is undefined is left out. */
    async postForm(form: Readonly<Record<string, string | undefined>>, proof: string | undefined): Promise<Answer> {
      const given = Object.entries(form).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      );
      const headers = { ...(proof !== undefined && { dpop: proof }) };
      const body = new URLSearchParams(Object.fromEntries(given));
      return keepNonce(await fetch(address + TOKEN_PATH, { method: 'POST', body, headers }));
    },
    async requestToken(
      changes: {
        readonly form?: Readonly<Record<string, string | undefined>>;
        readonly assertion?: JwtChanges;
        readonly proof?: JwtChanges;
      } = {},
    ): Promise<Answer> {
      const form = {
        grant_type: 'client_credentials',
        client_assertion_type: CLIENT_ASSERTION_TYPE,
        client_assertion: await caller.assertion(changes.assertion),
        ...changes.form,
      };
      return caller.postForm(form, await caller.proof({ method: 'POST', path: TOKEN_PATH }, changes.proof));
    },
    /** Gets a token: a first request gets the nonce, a second one the token. */
    async takeToken(scope?: string): Promise<string> {
      if (nonce === undefined) await caller.requestToken();
      const { status, body } = await caller.requestToken({ form: { scope } });
      if (status !== 200) throw new Error(`${body.error}: ${body.error_description}`);
      return body.access_token;
    },
    /** Sends a request with a token and a proof. */
    async call(request: {
      readonly method: string;
      readonly path: string;
      readonly token: string;
      readonly scheme?: string;
      readonly body?: string;
      readonly proof?: string | undefined;
    }): Promise<Answer> {
      const { method, path, token, scheme = 'DPoP', body } = request;
      const proof = 'proof' in request ? request.proof : await caller.proof({ method, path, token });
      const response = await fetch(address + path, {
        method,
        headers: {
          authorization: `${scheme} ${token}`,
          ...(proof !== undefined && { dpop: proof }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
      });
      return keepNonce(response);
    },
  };

  async function keepNonce(response: Response): Promise<Answer> {
    nonce = response.headers.get('dpop-nonce') ?? nonce;
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  return caller;
}

export type Caller = ReturnType<typeof createCaller>;
