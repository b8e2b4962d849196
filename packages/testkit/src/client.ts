/** A client of the network over HTTP, for tests: it signs and encrypts as the issuer kit does, and can send anything. */
import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { encryptPayload, findEncryptionKey, readKeySet, signRequest } from '@payment-passkeys/channel';
import {
  AUTHENTICATORS_PATH,
  type ClientRegistration,
  SESSIONS_PATH,
  type SessionRequest,
  type SrcSessionInitiationRequestInfo,
} from '@payment-passkeys/protocol';
import { takeSigningKey } from './kept-keys.ts';
import { buildClientRegistration, buildSessionInfo, buildSessionRequest, type OAuth1Registration } from './messages.ts';

/** An answer; `body` is parsed JSON, or the text if it is not JSON. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it as it likes
  readonly body: any;
}

/** A network's address, and its public URL. */
export interface NetworkAddress {
  readonly address: string;
  readonly publicUrl: string;
}

export type SignedMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';

export interface TestClient {
  readonly registration: OAuth1Registration;
  readonly privateKey: KeyObject;
  /** Sends signed bytes, with POST by default. `authorization` replaces the signature; undefined omits the header. */
  send(request: {
    readonly path: string;
    readonly body: string | Buffer;
    readonly authorization?: string | undefined;
    readonly contentType?: string;
    readonly method?: 'POST' | 'PUT' | 'DELETE';
  }): Promise<TestAnswer>;
  /** A signed GET. `authorization` replaces the signature. */
  read(path: string, authorization?: string): Promise<TestAnswer>;
  /** An Authorization header for these bytes; POST by default. */
  sign(path: string, body: string | Buffer, method?: SignedMethod): Promise<string>;
  /** Encrypts to the published key: JSON of a value, or bytes as they are. */
  encrypt(payload: unknown): Promise<string>;
  /** A Sessions call with any payload. */
  sendInfo(payload: unknown): Promise<TestAnswer>;
  /** A Sessions call: `info` changes the encrypted object, `request` the message around it. */
  startSession(changes?: {
    readonly info?: Partial<SrcSessionInitiationRequestInfo>;
    readonly request?: Partial<SessionRequest>;
  }): Promise<TestAnswer>;
  /** An Authenticators call. */
  bind(request: {
    readonly authenticationSessionId: string;
    readonly proofOfAuthentication: string;
  }): Promise<TestAnswer>;
}

export async function createTestClient(
  network: NetworkAddress,
  options: {
    readonly clock: () => Date;
    readonly changes?: Partial<ClientRegistration>;
    /** The client's private key; a new one by default. */
    readonly signingKey?: KeyObject;
  },
): Promise<TestClient> {
  const privateKey = options.signingKey ?? (await takeSigningKey()).privateKey;
  const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  const registration = buildClientRegistration(pem, options.changes);
  const sign = (path: string, body: string | Buffer, method: SignedMethod = 'POST') =>
    signRequest({
      method,
      url: network.publicUrl + path,
      body: Buffer.from(body),
      consumerKey: registration.consumerKey,
      signingKey: privateKey,
      algorithm: 'RSA-SHA256',
      now: options.clock(),
      nonce: randomBytes(12).toString('hex'),
    });
  const client: TestClient = {
    registration,
    privateKey,
    send: async ({ path, body, contentType = 'application/json', method = 'POST', ...request }) => {
      const authorization = 'authorization' in request ? request.authorization : await sign(path, body, method);
      const response = await fetch(network.address + path, {
        method,
        ...(method !== 'DELETE' && { body: Buffer.from(body) }),
        headers: {
          ...(method !== 'DELETE' && { 'content-type': contentType }),
          ...(authorization === undefined ? {} : { authorization }),
        },
      });
      return readAnswer(response);
    },
    read: async (path, authorization) => {
      const headers = { authorization: authorization ?? (await sign(path, '', 'GET')) };
      return readAnswer(await fetch(network.address + path, { headers }));
    },
    sign,
    encrypt: async (payload) => {
      const reading = readKeySet(await (await fetch(`${network.address}/keys/encryption`)).json());
      const key = reading.ok ? findEncryptionKey({ keys: reading.keys, now: options.clock() }) : undefined;
      if (key === undefined) throw new Error('The network offers no encryption key.');
      return encryptPayload({ payload, key, encryption: 'A256GCM' });
    },
    startSession: async ({ info, request } = {}) => {
      const encrypted = await client.encrypt(buildSessionInfo(options.clock(), info));
      return client.send({ path: SESSIONS_PATH, body: JSON.stringify(buildSessionRequest(encrypted, request)) });
    },
    sendInfo: async (payload) => {
      const body = JSON.stringify(buildSessionRequest(await client.encrypt(payload)));
      return client.send({ path: SESSIONS_PATH, body });
    },
    bind: (request) => client.send({ path: AUTHENTICATORS_PATH, body: JSON.stringify(request) }),
  };
  return client;
}

export async function readAnswer(response: Response): Promise<TestAnswer> {
  const text = await response.text();
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON: the test sees the text.
  }
  return { status: response.status, headers: response.headers, body };
}
