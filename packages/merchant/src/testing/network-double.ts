/**
 * A double of the network for the merchant kit, on a real HTTP server on loopback: it verifies signatures, decrypts, and signs proofs. For
 * the tests of a shop. It has no hosted page and no passkey: {@link NetworkDouble.callback} replaces the shopper's visit.
 */
import type { SigningKey } from '@payment-passkeys/channel';
import { rules } from '@payment-passkeys/kit';
import {
  type AnswerSigned,
  buildCallback,
  buildRefusal,
  type CallbackOfDouble,
  callbackRules,
  createLifecycleDouble,
  type DoubleAnswer,
  type LifecycleControls,
  lastSession,
  type NetworkDoubleControls,
  type SessionOfDouble,
  startDouble,
} from '@payment-passkeys/kit/testing';
import {
  AUTHENTICATORS_PATH,
  amountText,
  type NextStep,
  type PaymentClaims,
  type ProofClaims,
  type SERVICE_ERRORS,
  SESSIONS_PATH,
  type Transaction,
} from '@payment-passkeys/protocol';
import { checkGiven } from '../errors.ts';
import type { RegisteredMerchant } from '../server/merchants/merchants.ts';
import { createMerchantsDouble } from './merchants-double.ts';

/** A session that the kit has opened at the double: of a payment if it has a `transaction`, otherwise of an added card. */
export type DoubleSession = SessionOfDouble<{
  readonly callbackUri: string;
  readonly transaction?: Transaction;
  readonly bindingId?: string;
  readonly accountReferences?: { readonly cards?: readonly { readonly primaryAccountNumber: string }[] };
}>;

/** The double, and its controls for a test. */
export interface NetworkDouble extends NetworkDoubleControls, LifecycleControls {
  /** In the order in which they were opened. */
  readonly sessions: readonly DoubleSession[];
  /** The `nextStep` of the next payments; AUTHENTICATE until a test sets another. STEP_UP for a binding that is held as PENDING_ACTIVATION. */
  nextStep: NextStep;
  /** The ids of orders that are already approved: their payment cannot be started again. */
  readonly approvedOrders: Set<string>;
  /** The merchants that the kit has registered, for a payment service provider. The double takes any `merchant` of a start. */
  readonly registeredMerchants: readonly RegisteredMerchant[];
  /** Signs a proof of a session, by default the latest. `claims` replace those of a valid proof; `key` replaces the network's key. */
  issueProof(options?: {
    readonly session?: DoubleSession | undefined;
    readonly claims?: Partial<ProofClaims & PaymentClaims>;
    readonly key?: SigningKey;
  }): Promise<string>;
  /** The callback of a session, the latest by default, as the hosted page would write it. */
  callback(result: CallbackOfDouble, session?: DoubleSession): string;
}

/** The last four digits of the card of every `bindingId`. */
const BOUND_LAST_FOUR = '4444';
const SOURCE = '/transaction';

/** Starts the double. Throws MerchantError `INVALID_OPTIONS` without a clock. */
export async function startNetworkDouble(options: { readonly clock: () => Date }): Promise<NetworkDouble> {
  checkGiven(options, { name: 'startNetworkDouble', fields: { clock: rules.aFunction } });
  const { clock } = options;
  const sessions: DoubleSession[] = [];
  const lifecycle = createLifecycleDouble({ role: 'merchant', clock, sessions });
  const approvedOrders = new Set<string>();
  const merchants = createMerchantsDouble();

  const answerSigned: AnswerSigned<DoubleSession['info']> = async (call, parts) => {
    const answered = merchants.answer(call) ?? (await lifecycle.answer(call, parts));
    if (answered !== undefined) return answered;
    const { path, body } = call;
    if (path.endsWith('/assertion')) return confirm(path, body);
    if (path === AUTHENTICATORS_PATH) {
      return bind(body);
    }
    if (path !== SESSIONS_PATH) return refuse('ROUTE_NOT_FOUND');
    const reading = await parts.readSession(body);
    if (!reading.ok) return reading.answer;
    const { session } = reading;
    const { transaction } = session.info;
    if (approvedOrders.has(transaction?.orderId ?? '')) return refuse('ORDER_ALREADY_APPROVED');
    sessions.push(session);
    const answer = parts.describeSession(session);
    const uri = parts.launchUri(session);
    if (transaction === undefined) return { status: 201, body: { ...answer, uri } };
    const { bindingId } = session.info;
    const bound = lifecycle.controls.heldBindings.find((binding) => binding.bindingId === bindingId);
    if (bound?.status === 'PENDING_ACTIVATION')
      return { status: 201, body: { ...answer, nextStep: 'STEP_UP', bindingStatus: bound.status } };
    const { nextStep } = double;
    return { status: 201, body: { ...answer, nextStep, ...(nextStep !== 'STEP_UP' && { uri }) } };
  };

  /** Every card that is added has the same binding. */
  const bind = ({ authenticationSessionId }: Readonly<Record<string, unknown>>): DoubleAnswer => {
    const ids = { credentialId: 'credential-1', bindingId: 'binding-1' };
    const session = sessions.find((each) => each.authenticationSessionId === authenticationSessionId);
    const cards = session?.info.accountReferences?.cards ?? [];
    const accounts = cards.map(({ primaryAccountNumber }) => ({ primaryAccountNumber }));
    lifecycle.controls.holdBinding({ ...ids, accounts, panLastFour: BOUND_LAST_FOUR });
    if (session) lifecycle.controls.reportSession(session.authenticationSessionId, { ...ids, state: 'bound' });
    return { status: 201, body: { ...ids, srcCorrelationId: 'c' } };
  };

  const confirm = async (path: string, { outcome }: Readonly<Record<string, unknown>>): Promise<DoubleAnswer> => {
    const session = sessions.find(({ authenticationSessionId }) => path.includes(authenticationSessionId));
    if (session === undefined) return refuse('SESSION_NOT_FOUND');
    if (outcome === 'ABORTED') return { status: 200, body: { status: 'CANCELLED', reason: 'USER_CANCELLATION' } };
    if (outcome !== 'ACCEPTED') return { status: 200, body: { status: 'REDIRECT' } };
    const proofOfAuthentication = await double.issueProof({ session });
    return { status: 200, body: { status: 'AUTHENTICATED', proofOfAuthentication } };
  };

  const identity = {
    clientId: 'shop',
    consumerKey: 'double-consumer-key!2',
    source: SOURCE,
    answerPublic: lifecycle.answerPublic,
  };
  const { controls, signProof } = await startDouble({ clock, ...identity, answerSigned });
  const double: NetworkDouble = {
    ...controls,
    ...lifecycle.controls,
    get signingKey() {
      return controls.signingKey; // a getter, because a rotation changes it
    },
    sessions,
    nextStep: 'AUTHENTICATE',
    approvedOrders,
    registeredMerchants: merchants.registered,
    issueProof({ session = lastSession(sessions), claims = {}, key } = {}) {
      const changes = { ...paymentClaims(session), ...claims };
      return signProof({ session, reason: session.reason, changes, key });
    },
    callback(result, session = lastSession(sessions)) {
      checkGiven(result, { name: 'callback', fields: callbackRules(result) });
      const success = session.info.transaction ? 'AUTHENTICATED' : 'ENROLLED';
      return buildCallback(session.info.callbackUri, result, success);
    },
  };
  return double;
}

function paymentClaims({ info }: DoubleSession): Partial<PaymentClaims> {
  const { transaction } = info;
  if (transaction === undefined) return {};
  const { transactionAmount, transactionCurrencyCode } = transaction.transactionAmount;
  const { merchantOrigin, orderId } = transaction;
  const pan = info.accountReferences?.cards?.[0]?.primaryAccountNumber;
  return {
    transactionAmount: amountText(transactionAmount, transactionCurrencyCode),
    transactionCurrencyCode,
    ...(merchantOrigin !== undefined && { merchantOrigin }),
    orderId,
    bindingId: info.bindingId ?? 'binding-1',
    panLastFour: pan?.slice(-4) ?? BOUND_LAST_FOUR,
  };
}

/** A service error of contract §7, as an answer. */
export function refuse(code: keyof typeof SERVICE_ERRORS): DoubleAnswer {
  return buildRefusal(code, SOURCE);
}
