/**
 * A double of the network for the issuer kit, on a real HTTP server on loopback: it verifies signatures, decrypts, and signs proofs. For
 * the tests of a bank. It has no hosted page and no passkey: {@link NetworkDouble.callback} replaces the cardholder's visit.
 */
import { randomBytes } from 'node:crypto';
import type { SigningKey } from '@payment-passkeys/channel';
import { type AccountReference, rules } from '@payment-passkeys/kit';
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
  type AccountReferences,
  AUTHENTICATORS_PATH,
  type ProofClaims,
  type SERVICE_ERRORS,
  SESSIONS_PATH,
  type SrcSessionInitiationRequestInfo,
} from '@payment-passkeys/protocol';
import { checkGiven } from '../errors.ts';

/** A session that the kit has opened at the double. */
export type OpenedSession = SessionOfDouble<SrcSessionInitiationRequestInfo>;

/** The double, and its controls for a test. */
export interface NetworkDouble extends NetworkDoubleControls, LifecycleControls {
  /** In the order in which they were opened. */
  readonly sessions: readonly OpenedSession[];
  /** The HTTP status of every answered binding, in order. */
  readonly bindings: readonly number[];
  /** Signs a proof of the latest session. `claims` replace those of a valid proof; `key` replaces the network's key. */
  issueProof(options?: { readonly claims?: Partial<ProofClaims>; readonly key?: SigningKey }): Promise<string>;
  /** The callback of the latest session, as the hosted page would write it. */
  callback(result: CallbackOfDouble): string;
}

/** Starts the double. Throws IssuerError `INVALID_OPTIONS` without a clock. */
export async function startNetworkDouble(options: { readonly clock: () => Date }): Promise<NetworkDouble> {
  checkGiven(options, { name: 'startNetworkDouble', fields: { clock: rules.aFunction } });
  const { clock } = options;
  const sessions: OpenedSession[] = [];
  const lifecycle = createLifecycleDouble({ role: 'issuer', clock, sessions });
  const bindings: number[] = [];
  const bound = new Map<
    string,
    { readonly proof: string; readonly credentialId: string; readonly bindingId: string }
  >();

  /** Contract §5: exactly one proof, bound once; a repeated call answers 200 with the same ids. */
  const bind = (body: Readonly<Record<string, unknown>>): DoubleAnswer => {
    const { authenticationSessionId, proofOfAuthentication } = body as Readonly<Record<string, string>>;
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
    if (before === undefined) {
      lifecycle.controls.holdBinding({ credentialId, bindingId, accounts: accountsOf(session.info.accountReferences) });
      lifecycle.controls.reportSession(session.authenticationSessionId, { state: 'bound', credentialId, bindingId });
    }
    return { status, body: { credentialId, bindingId, srcCorrelationId: 'correlation-1' } };
  };

  const answerSigned: AnswerSigned<SrcSessionInitiationRequestInfo> = async (call, parts) => {
    const answer = await lifecycle.answer(call, parts);
    if (answer !== undefined) return answer;
    const { path, body } = call;
    if (path === AUTHENTICATORS_PATH) return bind(body);
    if (path !== SESSIONS_PATH) return refuse('ROUTE_NOT_FOUND');
    const reading = await parts.readSession(body);
    if (!reading.ok) return reading.answer;
    const { session } = reading;
    sessions.push(session);
    return { status: 201, body: { ...parts.describeSession(session), uri: parts.launchUri(session) } };
  };

  const identity = {
    clientId: 'bank',
    consumerKey: 'double-consumer-key!1',
    source: SOURCE,
    answerPublic: lifecycle.answerPublic,
  };
  const { controls, signProof } = await startDouble({ clock, ...identity, answerSigned });
  return {
    ...controls,
    ...lifecycle.controls,
    get signingKey() {
      return controls.signingKey; // a getter, because a rotation changes it
    },
    sessions,
    bindings,
    issueProof: ({ claims = {}, key } = {}) =>
      signProof({ session: lastSession(sessions), reason: 'ACCOUNT_LOGIN', changes: claims, key }),
    callback(result) {
      checkGiven(result, { name: 'callback', fields: callbackRules(result) });
      return buildCallback(lastSession(sessions).info.callbackUri ?? '', result, 'ENROLLED');
    },
  };
}

function accountsOf({ cards, emailAddresses = [], mobileNumbers = [] }: AccountReferences): AccountReference[] {
  return [
    ...cards.map(({ primaryAccountNumber }) => ({ primaryAccountNumber })),
    ...emailAddresses.map((emailAddress) => ({ emailAddress })),
    ...mobileNumbers.map((mobileNumber) => ({ mobileNumber })),
  ];
}

const SOURCE = '/proofOfAuthentication';

/** A service error of contract §7, as an answer. */
export function refuse(code: keyof typeof SERVICE_ERRORS): DoubleAnswer {
  return buildRefusal(code, SOURCE);
}
