/** "My phone was stolen" and a replaced card, as a bank's back office calls them. docs/issuer-kit.md shows this file, and a test runs it. */
import { IssuerError } from '@payment-passkeys/issuer/server';

/** Blocks every passkey of a card, at shops too. Answers how many; 0 if the card has none. Safe to call again. */
export async function blockCard(issuer, pan) {
  try {
    const blocked = await issuer.bindings.suspend({
      account: { primaryAccountNumber: pan },
      reasonCode: 'DEVICE_STOLEN',
    });
    return blocked.length;
  } catch (error) {
    if (error instanceof IssuerError && error.refusal?.reason === 'BINDING_NOT_FOUND') return 0;
    throw error;
  }
}

/** Takes the bank's own block back. A binding that somebody else has suspended as well stays SUSPENDED. */
export async function unblockCard(issuer, pan) {
  return issuer.bindings.resume({ account: { primaryAccountNumber: pan }, reasonCode: 'CARDHOLDER_REQUEST' });
}

/** What the customer's passkeys are, where they are used, and how strong they are. */
export async function describePasskeys(issuer, pan) {
  const bindings = await issuer.bindings.search({ account: { primaryAccountNumber: pan } });
  return bindings.map(({ heldBy, status, suspendedBy, lastUsedAt, authenticator }) => ({
    where: heldBy.name,
    blocked: status === 'SUSPENDED' && suspendedBy,
    lastUsedAt,
    synced: authenticator?.backupEligible,
  }));
}

/** The customer gets a new card: the passkeys stay. `to` is the number and the expiry date of the new card. */
export async function replaceCard(issuer, from, to) {
  const { bindings } = await issuer.accounts.replace({ from: { primaryAccountNumber: from }, to });
  return bindings;
}
