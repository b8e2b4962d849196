/** One valid visit, in which a test breaks one thing: a launch, the back end's answers, a browser. */
import type { Launch, OpenAnswer, PayOffer, VerifyOffer } from '@payment-passkeys/protocol';
import { vi } from 'vitest';
import type { Authenticators } from './ceremony.ts';

export const LAUNCH: Launch = {
  clientId: 'harbour-bank',
  authenticationSessionId: 's'.repeat(22),
  clientSessionId: '86bd4a91-0000-4000-8000-000000000000',
  accessToken: 't'.repeat(43),
};

export const RETURN_TO = 'https://bank.example/callback?state=1';

const descriptor = { type: 'public-key', id: 'AQID', transports: ['internal'] } as const;

export const CREATE_OFFER = {
  scenario: 'CREATE',
  options: {
    rp: { id: 'verify.example', name: 'The network' },
    user: { id: 'BAUG', name: '•••• 4444', displayName: '•••• 4444' },
    challenge: '-_8A',
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    timeout: 120_000,
    excludeCredentials: [{ ...descriptor, transports: ['internal'] }],
    authenticatorSelection: {
      authenticatorAttachment: 'platform',
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    attestation: 'none',
    extensions: { credProps: true, payment: { isPayment: true } },
  },
} as const satisfies { scenario: 'CREATE'; options: object };

export const USE_OFFER = {
  scenario: 'USE',
  options: {
    rpId: 'verify.example',
    challenge: '-_8A',
    timeout: 120_000,
    userVerification: 'required',
    allowCredentials: [{ ...descriptor, transports: ['internal'] }],
  },
} as const satisfies { scenario: 'USE'; options: object };

const offers = () => structuredClone({ CREATE: CREATE_OFFER, USE: USE_OFFER }) as unknown as Record<string, OpenAnswer>;

/** `CREATE` with `USE` as its alternative, or the other way round. */
export function openAnswer(scenario: 'CREATE' | 'USE' = 'CREATE'): OpenAnswer {
  const { CREATE, USE } = offers();
  const [offer, alternative] = scenario === 'CREATE' ? [CREATE, USE] : [USE, CREATE];
  const display = {
    clientName: 'Harbour Bank',
    accounts: [{ kind: 'CARD', masked: '•••• 4444' }],
    locale: 'en-US',
  };
  return { ...offer, alternative, returnTo: RETURN_TO, display } as OpenAnswer;
}

/** A payment of 12.34 USD to approve. */
export function payAnswer(): OpenAnswer {
  const { USE } = offers();
  const display = {
    clientName: 'Corner Shop',
    accounts: [{ kind: 'CARD', masked: '•••• 4444' }],
    locale: 'en-US',
    payment: {
      merchantName: 'Corner Shop',
      merchantOrigin: 'https://shop.example',
      orderId: '1001',
      amount: '12.34',
      currency: 'USD',
    },
  };
  return { ...USE, scenario: 'PAY', returnTo: RETURN_TO, display } as OpenAnswer;
}

/** The offer to confirm the cardholder with the card's issuer. */
export function verifyAnswer(): OpenAnswer {
  const document = (complianceType: string, path: string) => ({
    complianceType,
    uri: `https://verify.example/legal/${path}`,
    version: '1.0',
    datePublished: '2026-11-24',
  });
  const complianceResources = [document('TERMS_AND_CONDITIONS', 'terms'), document('PRIVACY_POLICY', 'privacy')];
  const { payment: _, ...display } = payAnswer().display;
  return {
    scenario: 'VERIFY',
    documents: { complianceResources },
    issuerName: 'Harbour Bank',
    returnTo: RETURN_TO,
    display,
  } as OpenAnswer;
}

/** A payment on a device that is not known to have a passkey of the card. */
export function newPhoneAnswer() {
  const { scenario, documents, issuerName } = verifyAnswer() as VerifyOffer;
  return { ...(payAnswer() as OpenAnswer & PayOffer), alternative: { scenario, documents, issuerName } };
}

const bytes = (...values: number[]) => Uint8Array.from(values).buffer;

/** A credential without `toJSON`, as some password managers return it. */
export const CREDENTIAL = {
  type: 'public-key',
  id: 'AQID',
  rawId: bytes(1, 2, 3),
  authenticatorAttachment: 'platform',
  getClientExtensionResults: () => ({}),
  response: { clientDataJSON: bytes(4), attestationObject: bytes(251, 255), getTransports: () => ['internal'] },
};

export const CREDENTIAL_JSON = {
  type: 'public-key',
  id: 'AQID',
  rawId: 'AQID',
  authenticatorAttachment: 'platform',
  clientExtensionResults: {},
  response: { clientDataJSON: 'BA', attestationObject: '-_8', transports: ['internal'] },
};

/** A browser with a platform authenticator. Both WebAuthn calls are spies, and the test runs the timers. */
export function buildBrowser() {
  const create = vi.fn(async (_: CredentialCreationOptions) => CREDENTIAL as unknown as Credential | null);
  const get = vi.fn(async (_: CredentialRequestOptions) => CREDENTIAL as unknown as Credential | null);
  const timers: { callback: () => void; seconds: number }[] = [];
  const statics = {
    isUserVerifyingPlatformAuthenticatorAvailable: vi.fn(async () => true),
    getClientCapabilities: vi.fn(async () => ({ 'extension:payment': true }) as Record<string, boolean>),
  };
  const browser: Authenticators = {
    credentials: { create, get },
    PublicKeyCredential: statics as unknown as typeof PublicKeyCredential,
    paymentPlausible: false,
    setTimer: (callback, seconds) => {
      const timer = { callback, seconds };
      timers.push(timer);
      return () => timers.splice(timers.indexOf(timer), 1);
    },
  };
  return { browser, create, get, statics, timers };
}

export const named = (name: string) => new DOMException('', name);
