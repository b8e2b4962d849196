/**
 * The network as the kit sees it, on a real HTTP server on loopback: it verifies real signatures, decrypts, and signs real proofs.
 * For the tests of whoever uses the kit; there is no hosted page and no passkey, {@link NetworkDouble.callback} stands for the trip.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
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
import { rules } from '@payment-passkeys/kit';
import {
  AUTHENTICATORS_PATH,
  addSeconds,
  buildGatewayError,
  buildLaunchUrl,
  epochSeconds,
  PROOF_SECONDS,
  type ProofClaims,
  SERVICE_ERRORS,
  SESSIONS_PATH,
  type SrcSessionInitiationRequestInfo,
} from '@payment-passkeys/protocol';

import { checkGiven } from '../server/errors.ts';

export interface OpenedSession {
  readonly authenticationSessionId: string;
  readonly clientSessionId: string;
  /** As decrypted. */
  readonly info: SrcSessionInitiationRequestInfo;
}

export interface ReceivedCall {
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** What the double answers with. */
export interface DoubleAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * What a bad network does with a call.
 * - `RESET`: the connection breaks before anything is done.
 * - `LOSE_ANSWER`: all is done, and the connection breaks before the answer.
 * - `CUT`: all is done, and the connection breaks in the middle of the answer.
 * - `GARBAGE`: 200 and a page of HTML, as a proxy on the way may answer.
 * - `hang`: no answer ever; it is called when the request has arrived.
 * - An answer, as {@link NetworkDouble.answerWith}.
 */
export type Fault = 'RESET' | 'LOSE_ANSWER' | 'CUT' | 'GARBAGE' | { readonly hang: () => void } | DoubleAnswer;

export interface NetworkDouble {
  readonly url: string;
  readonly audience: string;
  /** The bank's side of the signature: what the double verifies with. */
  readonly client: {
    readonly clientId: string;
    readonly consumerKey: string;
    readonly signingKey: SigningKey['privateKey'];
  };
  readonly calls: readonly ReceivedCall[];
  readonly sessions: readonly OpenedSession[];
  readonly signingKey: SigningKey;
  /** Every binding answered: the status it was answered with. */
  readonly bindings: readonly number[];
  /** A proof for the latest session; `claims` break exactly one thing, `key` signs it by another. */
  issueProof(options?: { readonly claims?: Partial<ProofClaims>; readonly key?: SigningKey }): Promise<string>;
  /** The callback of the latest session, as the hosted page would write it. */
  callback(result: { readonly proof: string } | { readonly status: string; readonly reason: string }): string;
  /** Answers every further call to the path like this, until told `undefined`. */
  answerWith(path: string, answer: DoubleAnswer | undefined): void;
  /** The next calls, whichever they are, meet these in turn; `undefined` lets one through. What was left over before is dropped. */
  misbehave(...faults: readonly (Fault | undefined)[]): void;
  /** Rotates the key that payloads are encrypted to: the old one is unknown from now on. */
  rotateEncryptionKey(): Promise<void>;
  /** Rotates the key that proofs are signed with; both are published. */
  rotateSigningKey(): Promise<void>;
  /** Stops listening; {@link resume} listens on the same port again. */
  stop(): Promise<void>;
  resume(): Promise<void>;
}

const CONSUMER_KEY = 'double-consumer-key!1';

/** Throws IssuerError `INVALID_OPTIONS` where the clock is left out. */
export async function startNetworkDouble(options: { readonly clock: () => Date }): Promise<NetworkDouble> {
  checkGiven(options, { name: 'startNetworkDouble', fields: { clock: rules.aFunction } });
  const { clock } = options;
  const clientKey = await generateSigningKey();
  let signingKey = await generateSigningKey();
  let signingKeys = [signingKey];
  let encryptionKey = await newEncryptionKey('enc-1');
  const calls: ReceivedCall[] = [];
  const sessions: OpenedSession[] = [];
  const bindings: number[] = [];
  const bound = new Map<
    string,
    { readonly proof: string; readonly credentialId: string; readonly bindingId: string }
  >();
  const fixed = new Map<string, DoubleAnswer>();
  let faults: (Fault | undefined)[] = [];
  let url = '';

  const openSession = async (body: Record<string, unknown>): Promise<DoubleAnswer> => {
    const { encryptedData } = body.srcSessionInitiationRequestInfo as { encryptedData: string };
    const decryption = await decryptPayload({ jwe: encryptedData, keys: [buildDecryptionKey(encryptionKey)] });
    if (!decryption.ok) return refuse(decryption.code);
    const session = {
      authenticationSessionId: randomBytes(24).toString('base64url'),
      clientSessionId: String(body.clientSessionId),
      info: JSON.parse(decryption.plaintext.toString('utf8')),
    };
    sessions.push(session);
    const accessToken = randomBytes(32).toString('base64url');
    return {
      status: 201,
      body: {
        authenticationSessionId: session.authenticationSessionId,
        clientSessionId: session.clientSessionId,
        uri: buildLaunchUrl(url, { clientId: 'bank', ...session, accessToken }),
        expiresAt: addSeconds(clock(), 900).toISOString(),
        srcCorrelationId: 'correlation-1',
        aFieldOfTomorrow: true,
      },
    };
  };

  /** As contract §5: exactly one proof, bound once; the same call again answers 200 with the same ids. */
  const bind = async (body: Record<string, unknown>): Promise<DoubleAnswer> => {
    const { authenticationSessionId, proofOfAuthentication } = body as Record<string, string>;
    const session = sessions.find((each) => each.authenticationSessionId === authenticationSessionId);
    if (session === undefined || proofOfAuthentication === undefined) return refuse('SESSION_NOT_FOUND');
    const before = bound.get(session.clientSessionId);
    if (before !== undefined && before.proof !== proofOfAuthentication) return refuse('PROOF_INVALID');
    const binding = before ?? {
      proof: proofOfAuthentication,
      credentialId: `credential-${randomBytes(6).toString('hex')}`,
      bindingId: `binding-${randomBytes(6).toString('hex')}`,
    };
    bound.set(session.clientSessionId, binding);
    const status = before === undefined ? 201 : 200;
    bindings.push(status);
    const { credentialId, bindingId } = binding;
    return { status, body: { credentialId, bindingId, srcCorrelationId: 'correlation-1' } };
  };

  const answer = async (request: IncomingMessage, body: Buffer): Promise<DoubleAnswer> => {
    const path = request.url ?? '';
    const prepared = fixed.get(path);
    if (prepared !== undefined) return prepared;
    if (path === '/keys/encryption') {
      return { status: 200, body: { ...buildEncryptionKeySet([encryptionKey]), audience: url } };
    }
    if (path === '/.well-known/jwks.json') return { status: 200, body: buildSigningKeySet(signingKeys) };
    const { authorization } = request.headers;
    const signed = readSignedRequest({ method: 'POST', url: url + path, authorization, body, now: clock() });
    const verdict = signed.ok
      ? await verifySignature({ request: signed.request, publicKeys: [clientKey.publicKey] })
      : signed;
    if (!verdict.ok || verdict.consumerKey !== CONSUMER_KEY) {
      return { status: 403, body: buildGatewayError('AUTHENTICATION_FAILED') };
    }
    const message = JSON.parse(body.toString('utf8'));
    if (path === SESSIONS_PATH) return openSession(message);
    if (path === AUTHENTICATORS_PATH) return bind(message);
    return refuse('ROUTE_NOT_FOUND');
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // By the double's own clock, as a real network's is.
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
  url = `http://verify.localhost:${port}`;
  const latest = (): OpenedSession => {
    const session = sessions.at(-1);
    if (session === undefined) throw new Error('No session was opened at the double.');
    return session;
  };

  return {
    url,
    audience: url,
    client: { clientId: 'bank', consumerKey: CONSUMER_KEY, signingKey: clientKey.privateKey },
    calls,
    sessions,
    bindings,
    get signingKey() {
      return signingKey;
    },
    issueProof({ claims = {}, key = signingKey } = {}) {
      const iat = epochSeconds(clock());
      const valid: ProofClaims = {
        iss: url,
        aud: url,
        iat,
        completedAt: iat,
        exp: iat + PROOF_SECONDS,
        clientSessionId: latest().clientSessionId,
        isChallengePerformed: true,
        authenticationMethod: 'FIDO2',
        authenticationReasons: ['ACCOUNT_LOGIN'],
        assertionType: 'ownership',
        certifiedMFAMethodId: '20001',
        authenticationFactors: '020A',
        appInstanceId: `${'A'.repeat(22)}000000000001US`,
        dasAuthenticatorInstanceId: `${'B'.repeat(22)}000000000001US`,
      };
      return issueProof({ claims: { ...valid, ...claims }, key });
    },
    callback(result) {
      checkGiven(result, { name: 'callback', fields: callbackRules(result) });
      const callback = new URL(latest().info.callbackUri ?? '');
      const parameters =
        'proof' in result ? { status: 'ENROLLED', proofOfAuthentication: result.proof } : { ...result };
      for (const [name, value] of Object.entries(parameters)) callback.searchParams.set(name, value);
      return callback.href;
    },
    answerWith(path, given) {
      if (given === undefined) fixed.delete(path);
      else fixed.set(path, given);
    },
    misbehave(...next) {
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
  };
}

/** A success is its proof alone, a failure both of the other two. */
function callbackRules(result: object): rules.Rules {
  const { anyText } = rules;
  return 'proof' in (result ?? {}) ? { proof: anyText } : { status: anyText, reason: anyText };
}

function newEncryptionKey(name: string): Promise<EncryptionKey> {
  return generateEncryptionKey({
    name,
    subject: 'CN=verify.localhost',
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2036-01-01T00:00:00Z'),
  });
}

/** A service error of contract §7. */
export function refuse(code: keyof typeof SERVICE_ERRORS): DoubleAnswer {
  const { status, reason, sentence } = SERVICE_ERRORS[code];
  const errordetail = [{ reason: code, sourceType: 'BODY', message: sentence, source: '/proofOfAuthentication' }];
  return { status, body: { status, reason, message: sentence, errordetail } };
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
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
