/** One valid start of an enrolment. A test changes one thing in it. */
import type { EnrolmentStart } from '../src/server/index.ts';

export const BANK = 'http://bank.localhost:4001';

export function buildStart(now: Date, changes: Partial<EnrolmentStart> = {}): EnrolmentStart {
  return {
    cardholderId: 'customer-1',
    accounts: {
      cards: [
        { primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2030' },
        { primaryAccountNumber: '5105105105105100', panExpirationMonth: '08', panExpirationYear: '2030' },
      ],
      emailAddresses: ['avery@bank.example'],
      mobileNumbers: [{ countryCode: '1', phoneNumber: '5555550100' }],
    },
    verification: { method: 'ISSUER_LOGIN', verifiedAt: now.toISOString() },
    consent: { country: 'US', language: 'en', acceptedAt: now.toISOString() },
    complianceResources: [
      { complianceType: 'TERMS_AND_CONDITIONS', uri: `${BANK}/terms`, version: '1', datePublished: '2026-10-01' },
      { complianceType: 'PRIVACY_POLICY', uri: `${BANK}/privacy`, version: '1', datePublished: '2026-10-01' },
    ],
    callbackUri: `${BANK}/passkeys/callback?channel=web`,
    locale: 'en-US',
    ...changes,
  };
}
