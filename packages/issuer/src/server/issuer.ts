/** The issuer kit's two calls: start an enrolment before the browser goes to the network, and complete it at the return. */

import { randomUUID } from 'node:crypto';
import type { TracerProvider } from '@opentelemetry/api';
import {
  type Accounts,
  type AuthOptions,
  authRules,
  type BrowserCookie,
  buildBrowserCookie,
  type CallContext,
  createAccounts,
  createEvents,
  createIssuerBindings,
  createKitTracing,
  createNetworkClient,
  createSessions,
  describePending,
  type Events,
  emit,
  type Fetch,
  type IssuerBindings,
  newSecret,
  type ReceivedCallback,
  readAuth,
  readCallbackOrigins,
  readReceivedCallback,
  rules,
  type Sessions,
  sha256,
  systemTimers,
  type Timers,
  type TraceContext,
  traceReturn,
} from '@payment-passkeys/kit';
import {
  type AccountReferences,
  type CardholderVerification,
  type ComplianceResource,
  type Consent,
  localeField,
} from '@payment-passkeys/protocol';
import type { Consents } from '../consent/index.ts';
import { checkGiven, guard, guardAsync, IssuerError } from '../errors.ts';
import {
  decideReturn,
  type EnrolmentOutcome,
  enrolledOutcome,
  ignoredOutcome,
  refusedOutcome,
  type StoredEnrolment,
} from './enrolment.ts';
import { boundEvent, launchedEvent, type OnEvent, returnedEvent } from './events.ts';
import { createNetwork } from './network.ts';
import { checkProfile, type NetworkProfile } from './profile.ts';
import type { EnrolmentStore } from './store.ts';

/** The deadline of each of the two calls, retries included: a cardholder waits no longer than this for a page. */
const DEADLINE_MILLISECONDS = 10_000;

/** The options of {@link createIssuer}. Every field is checked at construction. */
export interface IssuerOptions extends AuthOptions {
  /** Which network, and who verifies its proofs: `ourNetwork({ … })` or `mastercard({ … })`. */
  readonly network: NetworkProfile;
  /** The client id from onboarding; it is in the network's launch addresses. */
  readonly clientId: string;
  /**
   * Where cardholders may return to: exact web origins (`https://bank.example`) and private-use schemes (`example.bank.app`). No default,
   * never empty. The bank is responsible for this list: never add a value from a request.
   */
  readonly callbackOrigins: readonly string[];
  readonly store: EnrolmentStore;
  /** The current time; the system's clock by default. */
  readonly clock?: () => Date;
  /** For the bank's analytics; called after the event, and never awaited. */
  readonly onEvent?: OnEvent;
  /** An HTTP client of the host; by default undici's, which resolves `localhost` names to loopback. */
  readonly fetch?: Fetch;
  /** The timers; the system's by default. */
  readonly timers?: Timers;
  /** Returns a number from 0 up to 1, to spread retries; Math.random by default. */
  readonly random?: () => number;
  /** OpenTelemetry's provider; by default the one that the bank has registered with its API, if any. */
  readonly tracerProvider?: TracerProvider;
  /** The consents of `createConsents`; if given, they are available as `issuer.consents`. */
  readonly consents?: Consents;
}

/** An enrolment to start: the cardholder, the accounts, the verification and the consent. */
export interface EnrolmentStart {
  /** The bank's own id of the cardholder: opaque to the kit, at most 255 characters, no PAN and no e-mail address. Stored, never sent. */
  readonly cardholderId: string;
  /** Sent encrypted; not stored. */
  readonly accounts: AccountReferences;
  /** How the bank verified the cardholder; at most fifteen minutes ago. */
  readonly verification: CardholderVerification;
  /** What the cardholder agreed to on the registration screen; at most fifteen minutes ago. */
  readonly consent: Consent;
  /** The terms and the privacy notice that were shown; both types are required. */
  readonly complianceResources: readonly ComplianceResource[];
  /** An absolute address of one of `callbackOrigins`, without a `state` of its own: the kit adds one. */
  readonly callbackUri: string;
  /**
   * BCP 47; a hint for the language of the network's page. Sent as language, script and region, and left out if it is not a well-formed
   * tag.
   */
  readonly locale?: string;
  /** The value of our cookie, if the browser sent one ({@link BROWSER_COOKIE_NAME}). */
  readonly browser?: string | undefined;
  /**
   * The trace of the request, if it is not the active one of OpenTelemetry's API. It is passed on to the network, and stored for the
   * return.
   */
  readonly trace?: TraceContext | undefined;
}

/** A started enrolment: the address for the browser, and the cookie to set. */
export interface StartedEnrolment {
  /** The address for the browser: answer 303. Its fragment is an access token, so it must not be logged. */
  readonly redirect: string;
  /** Identifies the enrolment in the bank's records; the outcome has the same id. */
  readonly clientSessionId: string;
  /** The network's id of the session, for `sessions.read`. */
  readonly authenticationSessionId: string;
  /** Set it with the same response. Without it the return changes nothing. */
  readonly cookie: BrowserCookie;
}

/** A callback as it arrived, and the browser that brought it. */
export interface EnrolmentReturn {
  /** The callback as it arrived. Only its query is read, so a path is enough. */
  readonly url: string | URL;
  /** The value of our cookie; undefined if the browser sent none. */
  readonly browser: string | undefined;
  /** The cardholder who is signed in, if known. An enrolment of another cardholder is then IGNORED, and nothing is bound. */
  readonly cardholderId?: string;
  /**
   * The trace of the return's request, if it is not the active one of OpenTelemetry's API. It is added as a link, because the span
   * continues the trace of the start.
   */
  readonly trace?: TraceContext | undefined;
}

/** The issuer kit's calls: the two of an enrolment, and those for the time after it. */
export interface Issuer {
  /**
   * Opens a session at the network, then stores a pending enrolment; both are done before it resolves. Does not check that the accounts are
   * the cardholder's: the bank must. Takes at most ten seconds and the store's time. Throws IssuerError, and then no cookie is needed:
   * `CALLBACK_NOT_ALLOWED`, `INVALID_ENROLMENT`, `NETWORK_…`, `SIGNER_UNAVAILABLE`, `STORE_UNAVAILABLE`.
   */
  startEnrolment(start: EnrolmentStart): Promise<StartedEnrolment>;
  /**
   * Returns the outcome of a callback (contract §3). ENROLLED: the proof is verified, the network has bound the passkey, and the outcome is
   * stored. The same callback in the same browser, at once or within a day, gives the same outcome. CANCELLED and ERROR must be shown and
   * end nothing: they are unsigned, and ENROLLED may still follow. IGNORED: nothing changed. Without `cardholderId`, the bank must check
   * `enrolment.cardholderId` before it shows the outcome to anyone. Throws IssuerError `NETWORK_…`, `SIGNER_UNAVAILABLE` or
   * `STORE_UNAVAILABLE`: nothing is lost, and a reload of the callback completes it.
   */
  completeEnrolment(given: EnrolmentReturn): Promise<EnrolmentOutcome>;
  /** Reads the state of a session. */
  readonly sessions: Sessions;
  /** The bindings of this issuer's accounts, also those that shops hold: search, suspend, resume, remove, activate. */
  readonly bindings: IssuerBindings;
  /** Replaces a card: the new card keeps the passkeys. */
  readonly accounts: Accounts;
  /** Receives the network's events: a webhook's handler, and a reader. */
  readonly events: Events;
  /** Closes the connections to the network; call it at the end of the process. */
  close(): Promise<void>;
}

/** Throws IssuerError `INVALID_OPTIONS` for wrong options. Sends nothing until the first enrolment starts. */
export function createIssuer(
  options: IssuerOptions & { readonly consents: Consents },
): Issuer & { readonly consents: Consents };
export function createIssuer(options: IssuerOptions): Issuer;
export function createIssuer(options: IssuerOptions): Issuer & { readonly consents?: Consents } {
  const issuer = guard(() => buildIssuer(options));
  return {
    ...(options.consents && { consents: options.consents }),
    startEnrolment: (start) => guardAsync(() => issuer.startEnrolment(start)),
    completeEnrolment: (given) => guardAsync(() => issuer.completeEnrolment(given)),
    sessions: issuer.sessions,
    bindings: issuer.bindings,
    accounts: issuer.accounts,
    events: issuer.events,
    close: () => issuer.close(),
  };
}

function buildIssuer(options: IssuerOptions): Issuer {
  checkGiven(options, { name: 'createIssuer', fields: { ...ISSUER_OPTIONS, ...authRules(options) } });
  const { clientId, store, onEvent, clock = () => new Date(), timers = systemTimers } = options;
  const callbacks = readCallbackOrigins(options.callbackOrigins);
  const profile = checkProfile(options.network);
  const client = createNetworkClient({
    ...readAuth(options, { clientId, apiUrl: profile.apiUrl, signature: profile.signature }),
    clock,
    timers,
    random: options.random ?? Math.random,
    ...(options.fetch && { fetch: options.fetch }),
  });
  const tracing = createKitTracing({ kit: '@payment-passkeys/issuer', provider: options.tracerProvider });
  const network = createNetwork({ client, profile, clientId, clock, tracing, newSessionId: randomUUID });
  const contextOf = (trace: TraceContext | undefined): CallContext => ({
    deadline: new Date(clock().getTime() + DEADLINE_MILLISECONDS),
    trace,
  });

  const lifecycle = { caller: network.lifecycle, contextOf, checkGiven, guardAsync };

  const complete = async (
    { result, stateHash }: ReceivedCallback<'ENROLLED'>,
    { browser, cardholderId, trace }: EnrolmentReturn,
    enrolment: StoredEnrolment | undefined,
  ): Promise<EnrolmentOutcome> => {
    const decision = decideReturn({ stored: enrolment, result, browser, cardholderId, now: clock() });
    if (decision.next === 'ANSWER') return decision.outcome;

    const { stored: pending, proofOfAuthentication } = decision;
    const context = contextOf(trace);
    if (!decision.alreadyVerified) {
      const verdict = await network.checkProof(proofOfAuthentication, pending, context);
      if (!verdict.ok) return refusedOutcome(verdict.refused);
      // Stored before the network binds: if the process ends in between, a reload completes the enrolment even after the proof has expired.
      await stored(store.noteProof({ stateHash, proofHash: sha256(proofOfAuthentication) }));
    }
    const binding = await network.bind({ ...pending, proofOfAuthentication }, context);
    if (!binding.ok) return refusedOutcome({ proofRefusal: 'NETWORK' });
    const { credentialId, bindingId } = binding;
    const completedAt = clock();
    const completion = await stored(store.completeEnrolment({ stateHash, credentialId, bindingId, completedAt }));
    if (completion === undefined) return ignoredOutcome('UNKNOWN');
    emit(onEvent, boundEvent(pending, clock()));
    return enrolledOutcome(pending, completion);
  };

  const start = async (given: EnrolmentStart, trace: TraceContext | undefined): Promise<StartedEnrolment> => {
    checkGiven(given, { name: 'startEnrolment', fields: ENROLMENT_START, code: 'INVALID_ENROLMENT' });
    const { cardholderId, accounts, complianceResources } = given;
    const state = newSecret();
    const callbackUri = callbacks.withState(given.callbackUri, state);
    const info = {
      accountReferences: accounts,
      cardholderVerification: given.verification,
      consent: given.consent,
      complianceSettings: { complianceResources: [...complianceResources] },
      callbackUri,
      ...localeField(given.locale),
    };
    const session = await network.openSession(info, contextOf(trace));
    const cookie = buildBrowserCookie(given.browser);
    const pending = describePending({ state, cookie, session, trace, now: clock() });
    await stored(store.addEnrolment({ ...pending, cardholderId }));
    emit(onEvent, launchedEvent({ consent: given.consent, accounts }, clock()));
    const { clientSessionId, authenticationSessionId } = pending;
    return { redirect: session.uri, clientSessionId, authenticationSessionId, cookie };
  };

  return {
    startEnrolment: (given) =>
      tracing.span({ name: 'start enrolment', parent: given?.trace }, (trace) => start(given, trace)),

    async completeEnrolment(given) {
      checkGiven(given, { name: 'completeEnrolment', fields: ENROLMENT_RETURN });
      const callback = readReceivedCallback(given.url, 'ENROLLED');
      const enrolment = callback && (await stored(store.findEnrolment({ stateHash: callback.stateHash })));
      const span = { name: 'complete enrolment', pending: enrolment, trace: given.trace };
      const outcome = await traceReturn(tracing, span, async (trace) =>
        callback === undefined ? ignoredOutcome('MALFORMED') : complete(callback, { ...given, trace }, enrolment),
      );
      emit(onEvent, returnedEvent(outcome, enrolment, clock()));
      return outcome;
    },

    sessions: createSessions(lifecycle),
    bindings: createIssuerBindings(lifecycle),
    accounts: createAccounts(lifecycle),
    events: createEvents({
      ...lifecycle,
      client,
      apiUrl: profile.apiUrl,
      clientId,
      clock,
      timers,
      tracing,
      buildStoreError: storeError('event'),
      isOwnError: (error) => error instanceof IssuerError,
      checkOffered: network.checkLifecycle,
    }),
    close: () => client.close(),
  };
}

const { aFunction, anObject, anyText, either, listOf, optional, text, withMethods } = rules;

/** Other options are checked by the functions that read them: `network`, the keys, `callbackOrigins`. */
const ISSUER_OPTIONS: rules.Rules = {
  network: anObject,
  clientId: text(255),
  store: withMethods('addEnrolment', 'findEnrolment', 'noteProof', 'completeEnrolment'),
  clock: optional(aFunction),
  onEvent: optional(aFunction),
  fetch: optional(aFunction),
  timers: optional(withMethods('wait', 'timeout')),
  random: optional(aFunction),
  tracerProvider: optional(withMethods('getTracer')),
  consents: optional(anObject),
};

const ENROLMENT_START: rules.Rules = {
  cardholderId: text(255),
  accounts: anObject,
  verification: anObject,
  consent: anObject,
  complianceResources: listOf(anObject, { min: 1 }),
  locale: optional(anyText),
  browser: optional(anyText),
  trace: rules.aTrace,
};

const ENROLMENT_RETURN: rules.Rules = {
  url: either('must be text or a URL', anyText, (value, name) => (value instanceof URL ? [] : [name])),
  browser: optional(anyText),
  cardholderId: optional(text(255)),
  trace: rules.aTrace,
};

const storeError = (name: string) => (cause: unknown) =>
  new IssuerError('STORE_UNAVAILABLE', `the ${name} store failed`, { cause });

async function stored<Value>(call: Promise<Value>): Promise<Value> {
  try {
    return await call;
  } catch (cause) {
    throw storeError('enrolment')(cause);
  }
}
