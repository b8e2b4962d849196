/** The WebAuthn ceremonies: what is prepared before the tap, the call inside it, and how its failure is named (contract §3). */
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

/** Beyond the ceremony's own timeout, which a browser may ignore (Chromium without an authenticator hangs for good). */
export const GRACE_SECONDS = 5;
/** A browser that does not say what it can do within this time is taken to be able. */
const SUPPORT_SECONDS = 2;

/** Calls back after a while; answers how to call it off. */
export type SetTimer = (callback: () => void, seconds: number) => () => void;

/** The browser, as far as ceremonies need it. */
export interface Authenticators {
  /** Undefined outside a secure context and in browsers without WebAuthn. */
  readonly credentials: Pick<CredentialsContainer, 'create' | 'get'> | undefined;
  readonly PublicKeyCredential: typeof globalThis.PublicKeyCredential | undefined;
  /** Secure Payment Confirmation may be there although the browser cannot be asked: Chromium with PaymentRequest. */
  readonly paymentPlausible: boolean;
  readonly setTimer: SetTimer;
}

export interface Support {
  readonly webauthn: boolean;
  /** Whether this device can keep a passkey behind its own screen lock. Not needed to use one (it may be on a phone nearby). */
  readonly platform: boolean;
  /** Whether the `payment` extension may be asked for at creation. */
  readonly payment: boolean;
}

/** Found out before the tap, because nothing may be awaited inside it (Safari). Never rejects. */
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

/** The answer, or undefined where the question is unknown to the browser, fails, or takes too long. */
function ask<Answer>(question: () => Promise<Answer>, setTimer: SetTimer): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const cancel = setTimer(() => resolve(undefined), SUPPORT_SECONDS);
    const answer = async () => question(); // an unknown method throws; here it rejects
    answer()
      .then(resolve, () => resolve(undefined))
      .finally(cancel);
  });
}

export type CeremonyResult =
  /** WebAuthn's JSON form of what the authenticator made. */
  { readonly credential: unknown } | { readonly reason: EndReason };

/** Asks the device, at once: the WebAuthn call happens before this returns. Never rejects. */
export type Ceremony = (signal: AbortSignal) => Promise<CeremonyResult>;

/** Converts an offer's options. Throws where the browser finds them unusable. */
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
  // Not every parser of JSON options knows the extension, which needs no conversion.
  const first = support.payment ? { ...plain, extensions: { ...extensions, payment } } : plain;
  const create = async (signal: AbortSignal) => {
    try {
      return await credentials.create({ publicKey: first, signal });
    } catch (error) {
      // Chromium refuses the payment extension where the authenticator cannot serve it (SPC §5.1.1).
      if (first === plain || nameOf(error) !== 'NotSupportedError') throw error;
      return credentials.create({ publicKey: plain, signal });
    }
  };
  return (outer) => settle('CREATE', create, { seconds, setTimer, outer });
}

function creationOptions(json: unknown, { PublicKeyCredential }: Authenticators) {
  const options = json as PublicKeyCredentialCreationOptionsJSON; // the protocol's type is a narrower one
  const { extensions: _, ...rest } = options;
  return readOptional(() => PublicKeyCredential?.parseCreationOptionsFromJSON?.(rest)) ?? parseCreationOptions(rest);
}

function requestOptions(json: unknown, { PublicKeyCredential }: Authenticators) {
  const options = json as PublicKeyCredentialRequestOptionsJSON; // likewise
  return (
    readOptional(() => PublicKeyCredential?.parseRequestOptionsFromJSON?.(options)) ?? parseRequestOptions(options)
  );
}

interface Limits {
  readonly seconds: number;
  readonly setTimer: SetTimer;
  /** Aborted when the cardholder walks away. */
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

/** Contract §3: only InvalidStateError at creation is a duplicate; NotAllowedError, AbortError and all others are not told apart. */
export function reasonFor(scenario: Scenario, error: unknown): EndReason {
  if (scenario !== 'CREATE') return 'CREDENTIALS_NOT_VERIFIED';
  return nameOf(error) === 'InvalidStateError' ? 'DUPLICATE_CREDENTIALS' : 'CREDENTIALS_CREATION_NOT_ALLOWED';
}

function nameOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined;
}
