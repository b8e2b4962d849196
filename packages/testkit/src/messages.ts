/** One valid builder of each message: a test takes it and breaks exactly one thing. */
import { randomUUID } from 'node:crypto';
import type { ClientRegistration, SessionRequest, SrcSessionInitiationRequestInfo } from '@payment-passkeys/protocol';

/** A published test number of the range 555555. */
export const TEST_PAN = '5555555555554444';

/** A registration of a client that signs by OAuth 1.0a. */
export type OAuth1Registration = ClientRegistration & { readonly consumerKey: string };

/** A complete registration of an issuer that may enrol {@link TEST_PAN}. */
export function buildClientRegistration(
  signingKey: string,
  changes: Partial<ClientRegistration> = {},
): OAuth1Registration {
  return {
    clientId: 'test-bank',
    name: 'Test Bank',
    role: 'issuer',
    consumerKey: 'test-bank-client!signing-key-1',
    signingKey,
    callbackDomains: ['bank.localhost', '*.bank.example'],
    callbackSchemes: ['com.example.bank'],
    accountRanges: ['555555', '510510'],
    countries: ['US', 'DE'],
    ...changes,
  };
}

/** The object that a Sessions call encrypts. */
export function buildSessionInfo(
  now: Date,
  changes: Partial<SrcSessionInitiationRequestInfo> = {},
): SrcSessionInitiationRequestInfo {
  return {
    accountReferences: {
      cards: [{ primaryAccountNumber: TEST_PAN, panExpirationMonth: '12', panExpirationYear: '2032' }],
      emailAddresses: ['avery@mail.example'],
      mobileNumbers: [{ countryCode: '1', phoneNumber: '5550100123' }],
    },
    cardholderVerification: { method: 'ISSUER_LOGIN', verifiedAt: now.toISOString() },
    consent: { country: 'US', language: 'en', acceptedAt: now.toISOString() },
    complianceSettings: {
      complianceResources: [
        {
          complianceType: 'TERMS_AND_CONDITIONS',
          uri: 'https://terms.example/us/en',
          version: '1.0',
          datePublished: '2026-01-01',
        },
        {
          complianceType: 'PRIVACY_POLICY',
          uri: 'https://privacy.example/us/en',
          version: '1.0',
          datePublished: '2026-01-01',
        },
      ],
    },
    callbackUri: 'http://bank.localhost:4001/passkeys/callback?state=abc',
    locale: 'en-US',
    ...changes,
  };
}

/** The Sessions call around an encrypted object. */
export function buildSessionRequest(encryptedData: string, changes: Partial<SessionRequest> = {}): SessionRequest {
  return {
    clientSessionId: randomUUID(),
    authenticationReasons: ['ACCOUNT_LOGIN'],
    srcSessionInitiationRequestInfo: { encryptedData },
    ...changes,
  };
}
