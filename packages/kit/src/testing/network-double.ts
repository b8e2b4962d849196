/**
 * A double of the network on a real HTTP server on loopback: it verifies signatures, decrypts, and signs proofs. Each kit adds its own
 * sessions. It has no hosted page and no passkey.
 */
import { randomBytes } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  buildDecryptionKey,
  buildEncryptionKeySet,
  buildSigningKeySet,
  decryptPayload,
  type EncryptionKey,
  generateEncryptionKey,
  generateSigningKey,
  issueProof,
  readSignedRequest,
  type SigningKey,
  verifySignature,
} from '@payment-passkeys/channel';
import {
  addSeconds,
  buildGatewayError,
  buildLaunchUrl,
  epochSeconds,
  PROOF_SECONDS,
  type ProofClaims,
  SERVICE_ERRORS,
} from '@payment-passkeys/protocol';
import { anyText, type Rules } from '../options/rules.ts';

/** An answer of the double. */
export interface DoubleAnswer {
  /** HTTP status. */
  readonly status: number;
  /** JSON. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A fault of the network during a call.
 * - `RESET`: the connection breaks before anything is done.
 * - `LOSE_ANSWER`: the call is done, and the connection breaks before the answer.
 * - `CUT`: the call is done, and the connection breaks in the middle of the answer.
 * - `GARBAGE`: 200 and a page of HTML, as a proxy may answer.
 * - `hang`: there is never an answer; the function is called when the request has arrived.
 * - An answer, as in {@link NetworkDoubleControls.answerWith}.
 */
export type Fault =
  | 'RESET'
  | 'LOSE_ANSWER'
  | 'CUT'
  | 'GARBAGE'
  | {
      /** Called when the request has arrived; no answer follows. */
      readonly hang: () => void;
    }
  | DoubleAnswer;

/** A request as it arrived. */
export interface ReceivedCall {
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** UTF-8 text. */
  readonly body: string;
}

/** The controls that the doubles of both kits have. */
export interface NetworkDoubleControls {
  readonly url: string;
  readonly audience: string;
  /** The client's keys: the double verifies with the public half of `signingKey`. */
  readonly client: {
    readonly clientId: string;
    readonly consumerKey: string;
    readonly signingKey: SigningKey['privateKey'];
  };
  /** Every call, in the order in which they arrived. */
  readonly calls: readonly ReceivedCall[];
  /** The key that proofs are signed with now. */
  readonly signingKey: SigningKey;
  /** Answers each later call with this answer if its path ends with `pathEnding`; `undefined` ends that. */
  answerWith(pathEnding: string, answer: DoubleAnswer | undefined): void;
  /** The next calls get these faults, one each, for any path; `undefined` means no fault. Replaces the rest of an earlier list. */
  injectFaults(...faults: readonly (Fault | undefined)[]): void;
  /** Replaces the encryption key for payloads: from now on the old one is unknown. */
  rotateEncryptionKey(): Promise<void>;
  /** Replaces the signing key of proofs; the old and the new one are published. */
  rotateSigningKey(): Promise<void>;
  /** Closes all connections and stops listening. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  resume(): Promise<void>;
}

/** A session that the double has opened. `Info` is what the kit encrypted. */
export interface SessionOfDouble<Info> {
  /** The first of `authenticationReasons`. */
  readonly reason: string;
  readonly authenticationSessionId: string;
  readonly clientSessionId: string;
  /** The decrypted content. */
  readonly info: Info;
}

/** The parts that a kit's double is built from. */
export interface DoubleParts<Info> {
  readonly controls: NetworkDoubleControls;
  /** Decrypts the JWE of a call, or returns the refusal. */
  decrypt(
    encryptedData: unknown,
  ): Promise<{ readonly ok: true; readonly content: unknown } | { readonly ok: false; readonly answer: DoubleAnswer }>;
  /** Decrypts a Sessions request into a new session, or returns the refusal. */
  readSession(
    body: Readonly<Record<string, unknown>>,
  ): Promise<
    | { readonly ok: true; readonly session: SessionOfDouble<Info> }
    | { readonly ok: false; readonly answer: DoubleAnswer }
  >;
  /** The fields of a Sessions answer that every session has. */
  describeSession(session: SessionOfDouble<Info>): Readonly<Record<string, unknown>>;
  launchUri(session: SessionOfDouble<Info>): string;
  /** Signs a proof of the session; `changes` replace or add claims. */
  signProof(options: {
    readonly session: SessionOfDouble<Info>;
    readonly reason: string;
    readonly changes: Readonly<Record<string, unknown>>;
    readonly key: SigningKey | undefined;
  }): Promise<string>;
}

/** A call with a valid signature. */
export interface SignedCallOfDouble {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Empty for a call without a body. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** The answer to a signed call. */
export type AnswerSigned<Info> = (call: SignedCallOfDouble, parts: DoubleParts<Info>) => Promise<DoubleAnswer>;

/**
 * Starts the double on a free port of loopback. `source` is the JSON pointer of its refusals. `answerPublic` answers calls that are not
 * signed; undefined for another path.
 */
export async function startDouble<Info>({
  clock,
  clientId,
  consumerKey,
  source,
  answerPublic,
  answerSigned,
}: {
  readonly clock: () => Date;
  readonly clientId: string;
  readonly consumerKey: string;
  readonly source: string;
  readonly answerPublic: (path: string) => DoubleAnswer | undefined;
  readonly answerSigned: AnswerSigned<Info>;
}): Promise<DoubleParts<Info>> {
  const first = await firstKeys();
  const { clientKey } = first;
  let { signingKey, encryptionKey } = first;
  let signingKeys = [signingKey];
  const calls: ReceivedCall[] = [];
  const fixed = new Map<string, DoubleAnswer>();
  let faults: (Fault | undefined)[] = [];

  const answer = async (request: IncomingMessage, body: Buffer): Promise<DoubleAnswer> => {
    const path = request.url ?? '';
    const prepared = [...fixed].find(([ending]) => path.endsWith(ending));
    if (prepared !== undefined) return prepared[1];
    if (path === '/keys/encryption') {
      return { status: 200, body: { ...buildEncryptionKeySet([encryptionKey]), audience: url } };
    }
    if (path === '/.well-known/jwks.json') return { status: 200, body: buildSigningKeySet(signingKeys) };
    const open = answerPublic(path);
    if (open !== undefined) return open;
    const { method = '', headers } = request;
    const { authorization } = headers;
    const signed = readSignedRequest({ method, url: url + path, authorization, body, now: clock() });
    const verdict = signed.ok
      ? await verifySignature({ request: signed.request, publicKeys: [clientKey.publicKey] })
      : signed;
    if (!verdict.ok || verdict.consumerKey !== consumerKey) {
      return { status: 403, body: buildGatewayError('AUTHENTICATION_FAILED') };
    }
    const { pathname, searchParams: query } = new URL(path, url);
    const json = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
    return answerSigned({ method, path: pathname, query, body: json }, parts);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // The double's own clock, as a real network uses its own.
    response.setHeader('date', clock().toUTCString());
    const body = await readBody(request);
    const { method = '', url: path = '', headers } = request;
    calls.push({ method, path, host: headers.host, headers, body: body.toString('utf8') });
    const fault = faults.shift();
    if (fault === 'RESET') return void request.socket.destroy();
    if (fault === 'GARBAGE')
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
    if (typeof fault === 'object') return 'hang' in fault ? fault.hang() : send(response, fault);
    const right = await answer(request, body);
    if (fault === 'LOSE_ANSWER') return void request.socket.destroy();
    if (fault === 'CUT') return cut(response, right);
    send(response, right);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) =>
      send(response, { status: 500, body: { message: String(error) } }),
    );
  });

  const port = await listen(server, 0);
  const url = `http://verify.localhost:${port}`;
  const parts: DoubleParts<Info> = {
    controls: {
      url,
      audience: url,
      client: { clientId, consumerKey, signingKey: clientKey.privateKey },
      calls,
      get signingKey() {
        return signingKey;
      },
      answerWith(ending, given) {
        if (given === undefined) fixed.delete(ending);
        else fixed.set(ending, given);
      },
      injectFaults(...next) {
        faults = [...next];
      },
      async rotateEncryptionKey() {
        encryptionKey = await newEncryptionKey('enc-2');
      },
      async rotateSigningKey() {
        signingKey = await generateSigningKey();
        signingKeys = [...signingKeys, signingKey];
      },
      async stop() {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await closed;
      },
      async resume() {
        await listen(server, port);
      },
    },

    async decrypt(encryptedData) {
      const keys = [buildDecryptionKey(encryptionKey)];
      const decryption = await decryptPayload({ jwe: String(encryptedData), keys });
      if (!decryption.ok) return { ok: false, answer: buildRefusal(decryption.code, source) };
      return { ok: true, content: JSON.parse(decryption.plaintext.toString('utf8')) };
    },

    async readSession(body) {
      const { encryptedData } = body.srcSessionInitiationRequestInfo as { encryptedData: string };
      const decryption = await parts.decrypt(encryptedData);
      if (!decryption.ok) return decryption;
      const session: SessionOfDouble<Info> = {
        reason: String((body.authenticationReasons as readonly string[])[0]),
        authenticationSessionId: randomBytes(24).toString('base64url'),
        clientSessionId: String(body.clientSessionId),
        info: decryption.content as Info, // the kit under test encrypted it
      };
      return { ok: true, session };
    },

    describeSession: ({ authenticationSessionId, clientSessionId }) => ({
      authenticationSessionId,
      clientSessionId,
      expiresAt: addSeconds(clock(), 900).toISOString(),
      srcCorrelationId: 'correlation-1',
      aFieldOfTomorrow: true,
    }),

    launchUri: (session) =>
      buildLaunchUrl(url, { clientId, ...session, accessToken: randomBytes(32).toString('base64url') }),

    signProof({ session, reason, changes, key = signingKey }) {
      const iat = epochSeconds(clock());
      const valid = {
        iss: url,
        aud: url,
        iat,
        completedAt: iat,
        exp: iat + PROOF_SECONDS,
        clientSessionId: session.clientSessionId,
        isChallengePerformed: true,
        authenticationMethod: 'FIDO2',
        authenticationReasons: [reason] as ProofClaims['authenticationReasons'],
        assertionType: 'ownership',
        certifiedMFAMethodId: '20001',
        authenticationFactors: '020A',
        appInstanceId: `${'A'.repeat(22)}000000000001US`,
        dasAuthenticatorInstanceId: `${'B'.repeat(22)}000000000001US`,
      } satisfies ProofClaims;
      return issueProof({ claims: { ...valid, ...changes }, key });
    },
  };
  return parts;
}

/** The latest session; throws if there is none. */
export function lastSession<Info>(sessions: readonly SessionOfDouble<Info>[]): SessionOfDouble<Info> {
  const session = sessions.at(-1);
  if (session === undefined) throw new Error('No session was opened at the double.');
  return session;
}

/** A callback with a proof and the `success` status, or with a failure's status and reason. */
export type CallbackOfDouble = { readonly proof: string } | { readonly status: string; readonly reason: string };

/** The rules for the argument of a double's `callback`: only a proof, or a status and a reason. */
export function callbackRules(result: object): Rules {
  return 'proof' in (result ?? {}) ? { proof: anyText } : { status: anyText, reason: anyText };
}

/** The address of a callback, as the hosted page would write it. */
export function buildCallback(callbackUri: string, result: CallbackOfDouble, success: string): string {
  const callback = new URL(callbackUri);
  const parameters = 'proof' in result ? { status: success, proofOfAuthentication: result.proof } : { ...result };
  for (const [name, value] of Object.entries(parameters)) callback.searchParams.set(name, value);
  return callback.href;
}

/** A service error of contract §7 with the JSON pointer `source`. */
export function buildRefusal(code: keyof typeof SERVICE_ERRORS, source: string): DoubleAnswer {
  const { status, reason, sentence } = SERVICE_ERRORS[code];
  const errordetail = [{ reason: code, sourceType: 'BODY', message: sentence, source }];
  return { status, body: { status, reason, message: sentence, errordetail } };
}

interface FirstKeys {
  readonly clientKey: SigningKey;
  readonly signingKey: SigningKey;
  readonly encryptionKey: EncryptionKey;
}
let firstKeysOfProcess: Promise<FirstKeys> | undefined;

/** The doubles of a process begin with the same keys, because three RSA keys take about a fifth of a second. */
function firstKeys(): Promise<FirstKeys> {
  firstKeysOfProcess ??= Promise.all([generateSigningKey(), generateSigningKey(), newEncryptionKey('enc-1')]).then(
    ([clientKey, signingKey, encryptionKey]) => ({ clientKey, signingKey, encryptionKey }),
  );
  return firstKeysOfProcess;
}

function newEncryptionKey(name: string): Promise<EncryptionKey> {
  return generateEncryptionKey({
    name,
    subject: 'CN=verify.localhost',
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2036-01-01T00:00:00Z'),
  });
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, { status, body, headers }: DoubleAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function cut(response: ServerResponse, { status, body }: DoubleAnswer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length });
  response.write(text.slice(0, text.length / 2), () => response.socket?.destroy());
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)); // it listens on TCP
  });
}
