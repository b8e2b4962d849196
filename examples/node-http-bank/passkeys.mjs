/** The issuer kit with this bank's settings. The stores are in memory, for a first try: they forget everything when the process ends. */
import {
  createConsents,
  createMemoryConsentStore,
  REFERENCE_CATALOGUE,
  readCatalogue,
} from '@payment-passkeys/issuer/consent';
import { createIssuer, createMemoryEnrolmentStore, ourNetwork } from '@payment-passkeys/issuer/server';
import { BANK, NETWORK, ORIGIN, openClient } from './settings.mjs';
import { findCards, findSignedIn } from './stand-in.mjs';

// #region issuer
export const issuer = createIssuer({
  network: ourNetwork({ url: NETWORK, proof: { verify: 'ISSUER', audience: NETWORK } }),
  ...openClient(),
  callbackOrigins: [ORIGIN],
  store: createMemoryEnrolmentStore(), // later: createPostgresEnrolmentStore(pool)
});
// #endregion

// #region consents
export const catalogue = readCatalogue(REFERENCE_CATALOGUE, { origin: ORIGIN, countries: ['US'] });
export const consents = createConsents({
  catalogue,
  store: createMemoryConsentStore(), // later: createPostgresConsentStore(pool)
  bank: BANK,
});
// #endregion

// #region enrolment
/** What to enrol: the customer's cards from the bank's records, and the consent that the screen has sent. */
export async function describeEnrolment(cardholderId, accepted) {
  const cards = findCards(cardholderId);
  const labels = cards.map(({ primaryAccountNumber }) => `•••• ${primaryAccountNumber.slice(-4)}`);
  const { consent, complianceResources } = await consents.record({
    cardholderId,
    channel: 'WEB',
    accepted,
    accounts: labels,
  });
  const verification = { method: 'ISSUER_LOGIN', verifiedAt: findSignedIn().signedInAt.toISOString() };
  return { accounts: { cards }, consent, complianceResources, verification };
}
// #endregion
