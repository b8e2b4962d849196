/** The WebAuthn ceremonies: the preparation before the tap, the call inside the tap, and the reason for a failed call (contract §3). */
import {
  CEREMONY_SECONDS,
  credentialToJson,
  type EndReason,
  type Offer,
  type PayOffer,
  readOptional,
  type Scenario,
} from '@payment-passkeys/protocol';
import { parseCreationOptions, parseRequestOptions } from './options-json.ts';

/** How long the page waits after the ceremony's timeout. A browser may ignore the timeout: Chromium without an authenticator never answers. */
export const GRACE_SECONDS = 5;
/** How long the page waits for the browser's capabilities. Without an answer it assumes that the browser has them. */
const SUPPORT_SECONDS = 2;

/** Calls `callback` after `seconds`. Returns a function that cancels it. */
export type SetTimer = (callback: () => void, seconds: number) => () => void;

/** The parts of the browser that ceremonies use. */
export interface Authenticators {
  /** Undefined outside a secure context and in browsers without WebAuthn. */
  readonly credentials: Pick<CredentialsContainer, 'create' | 'get'> | undefined;
  readonly PublicKeyCredential: typeof globalThis.PublicKeyCredential | undefined;
  /** True for Chromium with PaymentRequest: it may have Secure Payment Confirmation, even if it cannot be asked for its capabilities. */
  readonly paymentPlausible: boolean;
  readonly setTimer: SetTimer;
}

/** What the browser and the device can do. */
export interface Support {
  readonly webauthn: boolean;
  /** Whether this device can store a passkey. Not needed to use one: the passkey may be on a phone nearby. */
  readonly platform: boolean;
  /** Whether a passkey can be created with the `payment` extension. */
  readonly payment: boolean;
}

/** Call this before the tap: Safari allows no waiting between the tap and the WebAuthn call. Never rejects. */
export async function findSupport(browser: Authenticators): Promise<Support> {
  const { credentials, PublicKeyCredential, paymentPlausible, setTimer } = browser;
  if (!credentials || !PublicKeyCredential) return { webauthn: false, platform: false, payment: false };
  const [platform, capabilities] = await Promise.all([
    ask(() => PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable(), setTimer),
    ask(() => PublicKeyCredential.getClientCapabilities(), setTimer),
  ]);
  return {
    webauthn: true,
    platform: platform !== false,
    payment: capabilities?.['extension:payment'] ?? paymentPlausible,
  };
}

/** The answer; undefined if the browser does not have the method, the call fails, or it takes too long. */
function ask<Answer>(question: () => Promise<Answer>, setTimer: SetTimer): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const cancel = setTimer(() => resolve(undefined), SUPPORT_SECONDS);
    const answer = async () => question(); // async, so that a missing method rejects instead of throwing
    answer()
      .then(resolve, () => resolve(undefined))
      .finally(cancel);
  });
}

export type CeremonyResult =
  /** The credential in WebAuthn's JSON form. */
  { readonly credential: unknown } | { readonly reason: EndReason };

/** Makes the WebAuthn call before it returns, so that the call is inside the tap. Never rejects. */
export type Ceremony = (signal: AbortSignal) => Promise<CeremonyResult>;

/** Converts an offer's options. Throws if the browser does not accept them. */
export function prepareCeremony(offer: Offer | PayOffer, support: Support, browser: Authenticators): Ceremony {
  const { credentials, setTimer } = browser;
  if (!credentials) throw new TypeError('The browser has no WebAuthn.');
  const seconds = (offer.options.timeout || CEREMONY_SECONDS * 1000) / 1000 + GRACE_SECONDS;
  if (offer.scenario !== 'CREATE') {
    const publicKey = requestOptions(offer.options, browser);
    return (outer) => settle('USE', (signal) => credentials.get({ publicKey, signal }), { seconds, setTimer, outer });
  }
  const { payment, ...extensions } = offer.options.extensions;
  const plain = { ...creationOptions(offer.options, browser), extensions };
  // Added after parsing: some browsers' parsers of JSON options drop the extension. It needs no conversion.
  const first = support.payment ? { ...plain, extensions: { ...extensions, payment } } : plain;
  const create = async (signal: AbortSignal) => {
    try {
      return await credentials.create({ publicKey: first, signal });
    } catch (error) {
      // Chromium refuses the payment extension if the authenticator does not support it (SPC §5.1.1).
      if (first === plain || nameOf(error) !== 'NotSupportedError') throw error;
      return credentials.create({ publicKey: plain, signal });
    }
  };
  return (outer) => settle('CREATE', create, { seconds, setTimer, outer });
}

function creationOptions(json: unknown, { PublicKeyCredential }: Authenticators) {
  const options = json as PublicKeyCredentialCreationOptionsJSON; // the protocol's type is narrower
  const { extensions: _, ...rest } = options;
  return readOptional(() => PublicKeyCredential?.parseCreationOptionsFromJSON?.(rest)) ?? parseCreationOptions(rest);
}

function requestOptions(json: unknown, { PublicKeyCredential }: Authenticators) {
  const options = json as PublicKeyCredentialRequestOptionsJSON; // as above
  return (
    readOptional(() => PublicKeyCredential?.parseRequestOptionsFromJSON?.(options)) ?? parseRequestOptions(options)
  );
}

interface Limits {
  readonly seconds: number;
  readonly setTimer: SetTimer;
  /** Aborted when the cardholder declines. */
  readonly outer: AbortSignal;
}

async function settle(
  scenario: Scenario,
  call: (signal: AbortSignal) => Promise<Credential | null>,
  limits: Limits,
): Promise<CeremonyResult> {
  try {
    const credential = await withinLimits(call, limits);
    if (credential === null) return { reason: reasonFor(scenario, undefined) };
    return { credential: credentialToJson(credential) };
  } catch (error) {
    return { reason: reasonFor(scenario, error) };
  }
}

function withinLimits<Value>(call: (signal: AbortSignal) => Promise<Value>, limits: Limits): Promise<Value> {
  const { seconds, setTimer, outer } = limits;
  const inner = new AbortController();
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      inner.abort();
      reject(new DOMException('The ceremony was given up.', 'AbortError'));
    };
    const cancel = setTimer(giveUp, seconds);
    outer.addEventListener('abort', giveUp, { once: true });
    call(inner.signal).then(resolve, reject).finally(cancel);
  });
}

/** Contract §3: only InvalidStateError at creation means a duplicate. NotAllowedError, AbortError and all others have the same reason. */
export function reasonFor(scenario: Scenario, error: unknown): EndReason {
  if (scenario !== 'CREATE') return 'CREDENTIALS_NOT_VERIFIED';
  return nameOf(error) === 'InvalidStateError' ? 'DUPLICATE_CREDENTIALS' : 'CREDENTIALS_CREATION_NOT_ALLOWED';
}

function nameOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined;
}
