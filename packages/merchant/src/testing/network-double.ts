/**
 * The network as the merchant kit sees it, on a real HTTP server on loopback: it verifies real signatures, decrypts, and signs real proofs.
 * For the tests of whoever uses the kit; there is no hosted page and no passkey, {@link NetworkDouble.callback} stands for the trip.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  buildDecryptionKey,
  buildEncryptionKeySet,
  buildSigningKeySet,
  decryptPayload,
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
  type NextStep,
  type PaymentClaims,
  PROOF_SECONDS,
  type ProofClaims,
  SERVICE_ERRORS,
  SESSIONS_PATH,
  type Transaction,
} from '@payment-passkeys/protocol';

import { checkGiven } from '../server/errors.ts';

export interface DoubleSession {
  readonly reason: string;
  readonly authenticationSessionId: string;
  readonly clientSessionId: string;
  /** As decrypted. */
  readonly info: {
    readonly callbackUri: string;
    readonly transaction?: Transaction;
    readonly bindingId?: string;
    readonly accountReferences?: { readonly cards?: readonly { readonly primaryAccountNumber: string }[] };
  };
}

export interface DoubleAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface NetworkDouble {
  readonly url: string;
  readonly audience: string;
  /** The shop's side of the signature: what the double verifies with. */
  readonly client: {
    readonly clientId: string;
    readonly consumerKey: string;
    readonly signingKey: SigningKey['privateKey'];
  };
  /** Every call as it arrived. */
  readonly calls: readonly { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }[];
  readonly sessions: readonly DoubleSession[];
  /** What the next payments are told; AUTHENTICATE until told otherwise. */
  nextStep: NextStep;
  /** Orders by their id that are approved already, and whose payment cannot be started again. */
  readonly approvedOrders: Set<string>;
  /** A proof for a session, the latest by default; `claims` break exactly one thing, `key` signs it by another. */
  issueProof(options?: {
    readonly session?: DoubleSession | undefined;
    readonly claims?: Partial<ProofClaims & PaymentClaims>;
    readonly key?: SigningKey;
  }): Promise<string>;
  /** The callback of a session, the latest by default, as the hosted page would write it. */
  callback(
    result: { readonly proof: string } | { readonly status: string; readonly reason: string },
    session?: DoubleSession,
  ): string;
  /** Answers every further call to paths that end like this, until told `undefined`. */
  answerWith(ending: string, answer: DoubleAnswer | undefined): void;
  stop(): Promise<void>;
}

const CONSUMER_KEY = 'double-consumer-key!2';
const CLIENT_ID = 'shop';
/** The last four digits of what a `bindingId` stands for. */
const BOUND_LAST_FOUR = '4444';

/** Throws MerchantError `INVALID_OPTIONS` where the clock is left out. */
export async function startNetworkDouble(options: { readonly clock: () => Date }): Promise<NetworkDouble> {
  checkGiven(options, { name: 'startNetworkDouble', fields: { clock: rules.aFunction } });
  const { clock } = options;
  const clientKey = await generateSigningKey();
  const signingKey = await generateSigningKey();
  const encryptionKey = await generateEncryptionKey({
    name: 'enc-1',
    subject: 'CN=verify.localhost',
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2036-01-01T00:00:00Z'),
  });
  const decryptionKey = buildDecryptionKey(encryptionKey);
  const calls: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const sessions: DoubleSession[] = [];
  const approvedOrders = new Set<string>();
  const fixed = new Map<string, DoubleAnswer>();
  let url = '';

  const openSession = async (body: Record<string, unknown>): Promise<DoubleAnswer> => {
    const { encryptedData } = body.srcSessionInitiationRequestInfo as { encryptedData: string };
    const decryption = await decryptPayload({ jwe: encryptedData, keys: [decryptionKey] });
    if (!decryption.ok) return refuse(decryption.code);
    const session: DoubleSession = {
      reason: String((body.authenticationReasons as string[])[0]),
      authenticationSessionId: randomBytes(24).toString('base64url'),
      clientSessionId: String(body.clientSessionId),
      info: JSON.parse(decryption.plaintext.toString('utf8')),
    };
    if (approvedOrders.has(session.info.transaction?.orderId ?? '')) return refuse('ORDER_ALREADY_APPROVED');
    sessions.push(session);
    const { authenticationSessionId, clientSessionId } = session;
    const uri = buildLaunchUrl(url, { clientId: CLIENT_ID, ...session, accessToken: 'A'.repeat(43) });
    const answer = {
      authenticationSessionId,
      clientSessionId,
      expiresAt: addSeconds(clock(), 900).toISOString(),
      srcCorrelationId: 'correlation-1',
      aFieldOfTomorrow: true,
    };
    if (session.info.transaction === undefined) return { status: 201, body: { ...answer, uri } };
    const { nextStep } = double;
    return { status: 201, body: { ...answer, nextStep, ...(nextStep !== 'STEP_UP' && { uri }) } };
  };

  const answer = async (request: IncomingMessage, body: Buffer): Promise<DoubleAnswer> => {
    const path = request.url ?? '';
    const prepared = [...fixed].find(([ending]) => path.endsWith(ending));
    if (prepared !== undefined) return prepared[1];
    if (path === '/keys/encryption') {
      return { status: 200, body: { ...buildEncryptionKeySet([encryptionKey]), audience: url } };
    }
    if (path === '/.well-known/jwks.json') return { status: 200, body: buildSigningKeySet([signingKey]) };
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
    if (path === AUTHENTICATORS_PATH) {
      return { status: 201, body: { credentialId: 'credential-1', bindingId: 'binding-1', srcCorrelationId: 'c' } };
    }
    if (path.endsWith('/assertion')) return confirm(path, message);
    return refuse('ROUTE_NOT_FOUND');
  };

  const confirm = async (path: string, { outcome }: { readonly outcome: string }): Promise<DoubleAnswer> => {
    const session = sessions.find(({ authenticationSessionId }) => path.includes(authenticationSessionId));
    if (session === undefined) return refuse('SESSION_NOT_FOUND');
    if (outcome === 'ABORTED') return { status: 200, body: { status: 'CANCELLED', reason: 'USER_CANCELLATION' } };
    if (outcome !== 'ACCEPTED') return { status: 200, body: { status: 'REDIRECT' } };
    return {
      status: 200,
      body: { status: 'AUTHENTICATED', proofOfAuthentication: await double.issueProof({ session }) },
    };
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const serve = async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      calls.push({ path: request.url ?? '', headers: request.headers, body: body.toString('utf8') });
      return answer(request, body);
    };
    serve().then(
      (given) => send(response, given),
      (error: unknown) => send(response, { status: 500, body: { message: String(error) } }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://verify.localhost:${(server.address() as AddressInfo).port}`; // it listens on TCP

  const latest = (): DoubleSession => {
    const session = sessions.at(-1);
    if (session === undefined) throw new Error('No session was opened at the double.');
    return session;
  };

  const double: NetworkDouble = {
    url,
    audience: url,
    client: { clientId: CLIENT_ID, consumerKey: CONSUMER_KEY, signingKey: clientKey.privateKey },
    calls,
    sessions,
    nextStep: 'AUTHENTICATE',
    approvedOrders,
    issueProof({ session = latest(), claims = {}, key = signingKey } = {}) {
      const iat = epochSeconds(clock());
      const valid: ProofClaims & Partial<PaymentClaims> = {
        iss: url,
        aud: url,
        iat,
        completedAt: iat,
        exp: iat + PROOF_SECONDS,
        clientSessionId: session.clientSessionId,
        isChallengePerformed: true,
        authenticationMethod: 'FIDO2',
        authenticationReasons: [session.reason] as ProofClaims['authenticationReasons'],
        assertionType: 'ownership',
        certifiedMFAMethodId: '20001',
        authenticationFactors: '020A',
        appInstanceId: `${'A'.repeat(22)}000000000001US`,
        dasAuthenticatorInstanceId: `${'B'.repeat(22)}000000000001US`,
        ...paymentClaims(session),
      };
      return issueProof({ claims: { ...valid, ...claims }, key });
    },
    callback(result, session = latest()) {
      checkGiven(result, { name: 'callback', fields: callbackRules(result) });
      const callback = new URL(session.info.callbackUri);
      const success = session.info.transaction ? 'AUTHENTICATED' : 'ENROLLED';
      const parameters = 'proof' in result ? { status: success, proofOfAuthentication: result.proof } : { ...result };
      for (const [name, value] of Object.entries(parameters)) callback.searchParams.set(name, value);
      return callback.href;
    },
    answerWith(ending, given) {
      if (given === undefined) fixed.delete(ending);
      else fixed.set(ending, given);
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return double;
}

/** A success is its proof alone, a failure both of the other two. */
function callbackRules(result: object): rules.Rules {
  const { anyText } = rules;
  return 'proof' in (result ?? {}) ? { proof: anyText } : { status: anyText, reason: anyText };
}

function paymentClaims({ info }: DoubleSession): Partial<PaymentClaims> {
  const { transaction } = info;
  if (transaction === undefined) return {};
  const { transactionAmount, transactionCurrencyCode } = transaction.transactionAmount;
  const { merchantOrigin, orderId } = transaction;
  const pan = info.accountReferences?.cards?.[0]?.primaryAccountNumber;
  return {
    transactionAmount,
    transactionCurrencyCode,
    merchantOrigin,
    orderId,
    bindingId: info.bindingId ?? 'binding-1',
    panLastFour: pan?.slice(-4) ?? BOUND_LAST_FOUR,
  };
}

/** A service error of contract §7. */
export function refuse(code: keyof typeof SERVICE_ERRORS): DoubleAnswer {
  const { status, reason, sentence } = SERVICE_ERRORS[code];
  const errordetail = [{ reason: code, sourceType: 'BODY', message: sentence, source: '/transaction' }];
  return { status, body: { status, reason, message: sentence, errordetail } };
}

function send(response: ServerResponse, { status, body }: DoubleAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
