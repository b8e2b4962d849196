/** The kit's calls to the network: open a session, report a confirmation, bind a card, and verify a proof. */
import {
  type BindingResult,
  buildOurWire,
  type CallContext,
  checkLaunchUri,
  createNetworkCaller,
  createProofReader,
  invalidAnswer,
  type KitTracing,
  type LifecycleParts,
  type NetworkClient,
  type ProofReading,
  publishedKeys,
  readBaseAddress,
  signingKeysUrl,
} from '@payment-passkeys/kit';
import {
  AssertionAnswer,
  type AssertionRequest,
  assertionPath,
  compileSchema,
  type InstrumentSessionInfo,
  PaymentSessionAnswer,
  SessionAnswer,
  type TransactionSessionInfo,
} from '@payment-passkeys/protocol';

const sessionAnswer = compileSchema(SessionAnswer);
const paymentAnswer = compileSchema(PaymentSessionAnswer);
const assertionAnswer = compileSchema(AssertionAnswer);

/** The network's address, and the audience of its proofs. */
export interface MerchantNetwork {
  /** Its PUBLIC_URL, such as `https://verify.network.example`. */
  readonly url: string;
  /** The `aud` of proofs, as agreed at onboarding. */
  readonly audience: string;
}

/** What a session is opened with. */
interface SessionOf<Info> {
  readonly info: Info;
  /** The merchant that a payment service provider acts for. */
  readonly merchantId: string | undefined;
}

/** Each call rejects with KitError `NETWORK_…` or `SIGNER_UNAVAILABLE`. */
export interface Network {
  /** Opens a payment's session. An earlier session of the same order ends. */
  openPayment(start: SessionOf<TransactionSessionInfo>, context: CallContext): Promise<PaymentSessionAnswer>;
  openCardEnrolment(start: SessionOf<InstrumentSessionInfo>, context: CallContext): Promise<SessionAnswer>;
  /** Reports the result of Secure Payment Confirmation. A repeated report has the same answer. */
  report(
    session: { readonly authenticationSessionId: string; readonly report: AssertionRequest },
    context: CallContext,
  ): Promise<AssertionAnswer>;
  /** Verifies a proof's signature, issuer, audience and time. */
  readProof(proof: string, context: CallContext): Promise<ProofReading>;
  /** Binds the card; the network also refuses if the issuer's verification is too old. A repeated call returns the same ids. */
  bind(
    proven: { readonly authenticationSessionId: string; readonly proofOfAuthentication: string },
    context: CallContext,
  ): Promise<BindingResult>;
  /** The network's public address. */
  readonly apiUrl: string;
  /** The calls after the binding. */
  readonly lifecycle: LifecycleParts['caller'];
}

/** The refusals of Authenticators that concern the proof and not the call. */
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
  /** Returns a new UUID at each call. */
  readonly newSessionId: () => string;
}): Network {
  const apiUrl = readBaseAddress('network.url', network.url);
  const wire = buildOurWire<TransactionSessionInfo | InstrumentSessionInfo>(apiUrl, PROOF_REFUSALS);
  const { pageOrigin } = wire;
  const { audience } = network;
  const option = { option: 'network.audience', value: audience };
  const caller = createNetworkCaller({ client, wire, audience: option, clock, tracing, newSessionId });
  const published = publishedKeys({ client, url: signingKeysUrl(apiUrl), clock });
  const checkUri = (uri: string) => checkLaunchUri(uri, { pageOrigin, clientId, namesClient: 'ALWAYS' });

  return {
    async openPayment(start, context) {
      const { answer } = await caller.openSession({ reason: 'TRANSACTION_AUTHENTICATION', ...start }, context);
      if (!paymentAnswer.accepts(answer)) throw invalidAnswer('Sessions did not answer for a payment');
      if ((answer.uri === undefined) !== (answer.nextStep === 'STEP_UP')) {
        throw invalidAnswer('Sessions answers an address with every next step but STEP_UP');
      }
      if (answer.uri !== undefined) checkUri(answer.uri);
      return answer;
    },

    async openCardEnrolment(start, context) {
      const { answer } = await caller.openSession({ reason: 'ENROL_FINANCIAL_INSTRUMENT', ...start }, context);
      if (!sessionAnswer.accepts(answer)) throw invalidAnswer('Sessions did not answer for a card');
      checkUri(answer.uri);
      return answer;
    },

    async report({ authenticationSessionId, report }, context) {
      const path = assertionPath(authenticationSessionId);
      const template = assertionPath('{authenticationSessionId}');
      const answer = await caller.call({ path, template, buildBody: () => report }, context);
      if (!assertionAnswer.accepts(answer)) throw invalidAnswer('the answer to a confirmation cannot be read');
      return answer;
    },

    readProof: createProofReader({ published, issuer: pageOrigin, audience, clock }),
    bind: caller.bind,
    apiUrl,
    lifecycle: caller,
  };
}
