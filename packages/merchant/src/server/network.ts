/** What the kit asks of the network: open a session, take a confirmation, bind a card, and the keys its proofs are verified with. */
import { encryptPayload, judgeProof, type PublishedKey } from '@payment-passkeys/channel';
import {
  type CallContext,
  chooseEncryptionKey,
  createApiCalls,
  KitError,
  type KitTracing,
  type NetworkClient,
  publishedKeys,
  readBaseAddress,
  signingKeysOf,
} from '@payment-passkeys/kit';
import {
  AssertionAnswer,
  type AssertionRequest,
  AUTHENTICATORS_PATH,
  assertionPath,
  compileSchema,
  type InstrumentSessionInfo,
  PaymentSessionAnswer,
  type ProofClaims,
  SESSIONS_PATH,
  SessionAnswer,
  type TransactionSessionInfo,
} from '@payment-passkeys/protocol';
import { type RefusedProof, refusedProof } from './proof-refusal.ts';

const sessionAnswer = compileSchema(SessionAnswer);
const paymentAnswer = compileSchema(PaymentSessionAnswer);
const assertionAnswer = compileSchema(AssertionAnswer);

/** Where the network is, and the audience of its proofs. */
export interface MerchantNetwork {
  /** Its PUBLIC_URL, such as `https://verify.network.example`. */
  readonly url: string;
  /** The `aud` of proofs, as agreed at onboarding. */
  readonly audience: string;
}

export interface Network {
  /**
   * Opens a session under a `clientSessionId` of its own for each attempt: an answer that was lost may have opened one, which nobody has
   * the address of. It ends by itself, and of a payment as soon as the order has another.
   */
  openPayment(info: TransactionSessionInfo, context: CallContext): Promise<PaymentSessionAnswer>;
  openCardEnrolment(info: InstrumentSessionInfo, context: CallContext): Promise<SessionAnswer>;
  /** Reports what Secure Payment Confirmation came to. The same report again is answered the same. */
  report(
    session: { readonly authenticationSessionId: string; readonly report: AssertionRequest },
    context: CallContext,
  ): Promise<AssertionAnswer>;
  /** The claims of a genuine proof that has not expired: signature, issuer, audience, time. Of any other, why it is refused. */
  readProof(
    proofOfAuthentication: string,
    context: CallContext,
  ): Promise<{ readonly claims: ProofClaims } | { readonly refused: RefusedProof }>;
  /** Undefined when the network refuses the proof, or the issuer's verification is too old. The same call again answers the same ids. */
  bind(
    proven: { readonly authenticationSessionId: string; readonly proofOfAuthentication: string },
    context: CallContext,
  ): Promise<{ readonly credentialId: string; readonly bindingId: string } | undefined>;
}

/** The refusals of Authenticators that mean the proof, not the call. */
const PROOF_REFUSALS = [
  'PROOF_INVALID',
  'PROOF_EXPIRED',
  'PROOF_MISMATCH',
  'SESSION_NOT_ENROLLED',
  'SESSION_ALREADY_BOUND',
  'SESSION_OVER',
];

/** Throws KitError `INVALID_OPTIONS`; its calls reject with KitError `NETWORK_…` and `SIGNER_UNAVAILABLE`. */
export function createNetwork({
  client,
  network,
  clientId,
  clock,
  tracing,
  newSessionId,
}: {
  readonly client: NetworkClient;
  readonly network: MerchantNetwork;
  readonly clientId: string;
  readonly clock: () => Date;
  readonly tracing: KitTracing;
  /** A new UUID at each call. */
  readonly newSessionId: () => string;
}): Network {
  const apiUrl = readBaseAddress('network.url', network.url);
  const { origin: pageOrigin } = new URL(apiUrl);
  const { audience } = network;
  const source = {
    client,
    url: `${apiUrl}/keys/encryption`,
    clock,
    audience: { option: 'network.audience', value: audience },
  };
  const encryptionKeys = publishedKeys(source);
  const proofKeys = publishedKeys({ client, url: `${apiUrl}/.well-known/jwks.json`, clock });

  const post = createApiCalls({ client, tracing, apiUrl });

  const postSession = async (
    call: { readonly reason: string; readonly info: unknown; readonly keys: readonly PublishedKey[] },
    context: CallContext,
  ): Promise<{ readonly answer: unknown; readonly clientSessionId: string }> => {
    const key = chooseEncryptionKey(call.keys, source);
    let clientSessionId = '';
    const buildBody = () => {
      clientSessionId = newSessionId();
      return {
        clientSessionId,
        authenticationReasons: [call.reason],
        srcSessionInitiationRequestInfo: {
          encryptedData: encryptPayload({ payload: call.info, key, encryption: 'A256GCM' }),
        },
      };
    };
    const answer = await post({ path: SESSIONS_PATH, buildBody }, context);
    return { answer, clientSessionId };
  };

  const openSession = async (reason: string, info: unknown, context: CallContext) => {
    const keys = await encryptionKeys.current(context);
    return postSession({ reason, info, keys }, context).catch(async (error: unknown) => {
      // The key was rotated since it was fetched. Nothing was opened, so a session may be asked for again, once.
      if (reasonOf(error) !== 'UNKNOWN_KEY_ID') throw error;
      return postSession({ reason, info, keys: await encryptionKeys.refreshed(context) }, context);
    });
  };

  const checkAddress = (uri: string): void => {
    // A browser goes where this says, with the shopper's trust: nowhere but to the network, and for nobody else.
    const url = URL.canParse(uri) ? new URL(uri) : undefined;
    if (url?.origin !== pageOrigin) throw invalidAnswer("the session's uri is not at the network's origin");
    if (url.searchParams.get('clientId') !== clientId) throw invalidAnswer("the session's uri is of another clientId");
  };

  return {
    async openPayment(info, context) {
      const { answer, clientSessionId } = await openSession('TRANSACTION_AUTHENTICATION', info, context);
      if (!paymentAnswer.accepts(answer)) throw invalidAnswer('Sessions did not answer for a payment');
      checkSession(answer, clientSessionId);
      if ((answer.uri === undefined) !== (answer.nextStep === 'STEP_UP')) {
        throw invalidAnswer('Sessions answers an address with every next step but STEP_UP');
      }
      if (answer.uri !== undefined) checkAddress(answer.uri);
      return answer;
    },

    async openCardEnrolment(info, context) {
      const { answer, clientSessionId } = await openSession('ENROL_FINANCIAL_INSTRUMENT', info, context);
      if (!sessionAnswer.accepts(answer)) throw invalidAnswer('Sessions did not answer for a card');
      checkSession(answer, clientSessionId);
      checkAddress(answer.uri);
      return answer;
    },

    async report({ authenticationSessionId, report }, context) {
      const path = assertionPath(authenticationSessionId);
      const template = assertionPath('{authenticationSessionId}');
      const answer = await post({ path, template, buildBody: () => report }, context);
      if (!assertionAnswer.accepts(answer)) throw invalidAnswer('the answer to a confirmation cannot be read');
      return answer;
    },

    async readProof(proof, context) {
      const keys = signingKeysOf(proofKeys, context);
      const judgement = await judgeProof({ proof, keys, issuer: pageOrigin, audience, now: clock() });
      if (judgement.ok) return { claims: judgement.claims };
      return { refused: refusedProof(judgement.fault, { expected: audience, found: judgement.audience }) };
    },

    async bind(body, context) {
      try {
        const answer = await post({ path: AUTHENTICATORS_PATH, buildBody: () => body }, context);
        return { credentialId: readId(answer, 'credentialId'), bindingId: readId(answer, 'bindingId') };
      } catch (error) {
        if (PROOF_REFUSALS.includes(reasonOf(error) ?? '')) return undefined;
        throw error;
      }
    },
  };
}

function checkSession(answer: { readonly clientSessionId: string }, asked: string): void {
  if (answer.clientSessionId.toLowerCase() !== asked) {
    throw invalidAnswer('Sessions answered for another clientSessionId');
  }
}

function readId(answer: unknown, name: string): string {
  const value =
    typeof answer === 'object' && answer !== null ? (answer as Readonly<Record<string, unknown>>)[name] : undefined;
  if (typeof value === 'string' && /^[\x20-\x7e]{1,255}$/.test(value)) return value;
  throw invalidAnswer(`Authenticators: /${name} must be text of at most 255 characters`);
}

/** The most precise reason of a refusal by the network. */
export function reasonOf(error: unknown): string | undefined {
  return error instanceof KitError ? error.refusal?.reason : undefined;
}

function invalidAnswer(message: string): KitError {
  return new KitError('NETWORK_ANSWER_INVALID', message);
}
