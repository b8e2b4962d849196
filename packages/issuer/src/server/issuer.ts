/** The issuer kit's two calls: send a cardholder's browser to the network, and make sense of its return. */

import { type KeyObject, randomUUID } from 'node:crypto';
import type { TracerProvider } from '@opentelemetry/api';
import type { Signer } from '@payment-passkeys/channel';
import {
  type BrowserCookie,
  buildBrowserCookie,
  type CallContext,
  createKitTracing,
  createNetworkClient,
  describePending,
  emit,
  type Fetch,
  newSecret,
  type ReceivedCallback,
  readCallbackOrigins,
  readReceivedCallback,
  readSigningKey,
  rules,
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

/** Of each of the two calls, the network asked again included: what a person waits for a page, and no longer. */
const DEADLINE_MILLISECONDS = 10_000;

/** What {@link createIssuer} needs. Every field is checked at construction. */
export interface IssuerOptions {
  /** Which network, and who verifies its proofs: `ourNetwork({ … })` or `mastercard({ … })`. */
  readonly network: NetworkProfile;
  /** As onboarded; the launch addresses that the network answers name it. */
  readonly clientId: string;
  readonly consumerKey: string;
  /**
   * RSA private key, 2048 bits or more: a KeyObject (`readPkcs12` of `./pkcs12` makes one), PEM that is parsed once, or a function that
   * signs (RSASSA-PKCS1-v1_5 with SHA-256) where the key is not to be had, as in a hardware security module. The network has its public half.
   */
  readonly signingKey: KeyObject | Signer | string;
  /**
   * Where cardholders may come back to: exact web origins (`https://bank.example`) and private-use schemes (`example.bank.app`).
   * No default, never empty. The bank is responsible for them: nothing of a request may be written into this list.
   */
  readonly callbackOrigins: readonly string[];
  readonly store: EnrolmentStore;
  /** The time; the system's by default. */
  readonly clock?: () => Date;
  /** For the bank's analytics; called after the fact, and never waited for. */
  readonly onEvent?: OnEvent;
  /** An HTTP client of the host's own; by default undici's with `localhost` names taken to loopback. */
  readonly fetch?: Fetch;
  /** How it waits; the system's timers by default. */
  readonly timers?: Timers;
  /** From 0 up to 1, to spread retries; Math.random by default. */
  readonly random?: () => number;
  /** OpenTelemetry's; by default the one that the bank has registered with its API, if any. */
  readonly tracerProvider?: TracerProvider;
  /** The receipts of what cardholders agreed to, of `createConsents`; given here, they are at hand as `issuer.consents`. */
  readonly consents?: Consents;
}

/** An enrolment to start: whose, for which accounts, with which verification and consent. */
export interface EnrolmentStart {
  /** The bank's own name for the cardholder: opaque here, at most 255 characters, no PAN and no e-mail address. Kept, never sent. */
  readonly cardholderId: string;
  /** Sent encrypted; not kept. */
  readonly accounts: AccountReferences;
  /** How the bank made sure of the cardholder; at most fifteen minutes ago. */
  readonly verification: CardholderVerification;
  /** What the cardholder agreed to on the registration screen; at most fifteen minutes ago. */
  readonly consent: Consent;
  /** The terms and the privacy notice that were shown: both types. */
  readonly complianceResources: readonly ComplianceResource[];
  /** Absolute, of one of `callbackOrigins`, without a `state` of its own: the kit adds one. */
  readonly callbackUri: string;
  /** BCP 47; the language of the network's page. A hint: sent as language, script and region, and left out where it is no well-formed tag. */
  readonly locale?: string;
  /** The value of our cookie, where the browser sent one ({@link BROWSER_COOKIE_NAME}). */
  readonly browser?: string | undefined;
  /** The trace that it is part of, where that is not the active one of OpenTelemetry's API; handed on to the network, and kept for the return. */
  readonly trace?: TraceContext | undefined;
}

/** A started enrolment: where to send the browser, and the cookie to set. */
export interface StartedEnrolment {
  /** Where to send the browser: answer 303. Carries an access token in its fragment, so it belongs in no log. */
  readonly redirect: string;
  /** Names the enrolment in the bank's records, and again in the outcome. */
  readonly clientSessionId: string;
  /** To be set with the same answer. Without it the return changes nothing. */
  readonly cookie: BrowserCookie;
}

/** A callback as it arrived, and the browser that brought it. */
export interface EnrolmentReturn {
  /** The callback as it arrived; of it only the query counts, so a path will do. */
  readonly url: string | URL;
  /** The value of our cookie, or undefined where the browser sent none. */
  readonly browser: string | undefined;
  /** Who is signed in, in a channel that knows: an enrolment of anyone else is then IGNORED, and nothing is bound. */
  readonly cardholderId?: string;
  /** The trace of the return's request, where that is not the active one of OpenTelemetry's API: linked, as the start's is gone on with. */
  readonly trace?: TraceContext | undefined;
}

/** The issuer kit's two calls. */
export interface Issuer {
  /**
   * Opens a session at the network and keeps a pending enrolment, in that order and both before the browser is sent away.
   * Does not check that the accounts are the cardholder's: that is the bank's to know.
   * Takes at most ten seconds and the store's time. Throws IssuerError: `CALLBACK_NOT_ALLOWED`, `INVALID_ENROLMENT`, `NETWORK_…`,
   * `SIGNER_UNAVAILABLE`, `STORE_UNAVAILABLE`; then no cookie need be set.
   */
  startEnrolment(start: EnrolmentStart): Promise<StartedEnrolment>;
  /**
   * Makes sense of a callback (contract §3). ENROLLED once the proof is verified, the network has bound the passkey and the
   * outcome is stored; the same callback again in the same browser, at once or within a day, gives the same outcome.
   * CANCELLED and ERROR are to be shown and end nothing: they are unsigned, and an ENROLLED may still follow.
   * IGNORED changed nothing. Without `cardholderId`, the bank checks `enrolment.cardholderId` before it shows the outcome to anyone.
   * Throws IssuerError `NETWORK_…`, `SIGNER_UNAVAILABLE` or `STORE_UNAVAILABLE`: nothing is lost, a reload of the callback completes it.
   */
  completeEnrolment(given: EnrolmentReturn): Promise<EnrolmentOutcome>;
  /** Closes the connections to the network; for the end of the process. */
  close(): Promise<void>;
}

/** Checks its options (throws IssuerError `INVALID_OPTIONS`); sends nothing until the first enrolment starts. */
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
    close: () => issuer.close(),
  };
}

function buildIssuer(options: IssuerOptions): Issuer {
  checkGiven(options, { name: 'createIssuer', fields: ISSUER_OPTIONS });
  const { clientId, consumerKey, store, onEvent, clock = () => new Date() } = options;
  const callbacks = readCallbackOrigins(options.callbackOrigins);
  const profile = checkProfile(options.network);
  const client = createNetworkClient({
    consumerKey,
    signingKey: readSigningKey(options.signingKey),
    signature: profile.signature,
    clock,
    timers: options.timers ?? systemTimers,
    random: options.random ?? Math.random,
    ...(options.fetch && { fetch: options.fetch }),
  });
  const tracing = createKitTracing({ kit: '@payment-passkeys/issuer', provider: options.tracerProvider });
  const network = createNetwork({ client, profile, clientId, clock, tracing, newSessionId: randomUUID });
  const contextOf = (trace: TraceContext | undefined): CallContext => ({
    deadline: new Date(clock().getTime() + DEADLINE_MILLISECONDS),
    trace,
  });

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
      // Stored before the network binds: if this process ends in between, a reload completes even after the proof has expired.
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
    return { redirect: session.uri, clientSessionId: pending.clientSessionId, cookie };
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

    close: () => client.close(),
  };
}

const { aConsumerKey, aFunction, anObject, anyText, either, fields, listOf, optional, text, withMethods } = rules;

const TRACE = optional(fields({ traceparent: anyText, tracestate: optional(anyText) }));

/** What is not named here is named by who reads it: `network`, `signingKey`, `callbackOrigins`. */
const ISSUER_OPTIONS: rules.Rules = {
  network: anObject,
  clientId: text(255),
  consumerKey: aConsumerKey,
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
  trace: TRACE,
};

const ENROLMENT_RETURN: rules.Rules = {
  url: either('must be text or a URL', anyText, (value, name) => (value instanceof URL ? [] : [name])),
  browser: optional(anyText),
  cardholderId: optional(text(255)),
  trace: TRACE,
};

async function stored<Value>(call: Promise<Value>): Promise<Value> {
  try {
    return await call;
  } catch (cause) {
    throw new IssuerError('STORE_UNAVAILABLE', 'the enrolment store failed', { cause });
  }
}
