/** The accounts of a session, and which passkeys they find. */
import type { AccountReferences } from '@payment-passkeys/protocol';
import { lookupIndexes, unsealAccounts, type VaultKeys } from '../accounts/account-vault.ts';
import type { Passkey, PasskeySearch } from '../passkeys/store.ts';
import { stepOf } from './session.ts';
import type { Session } from './store.ts';

/** The session's accounts; undefined if they were deleted or never given. */
export function readAccounts(
  { accounts, sessionId }: Pick<Session, 'accounts' | 'sessionId'>,
  vault: VaultKeys,
): AccountReferences | undefined {
  return accounts === null ? undefined : unsealAccounts(accounts, vault, sessionId);
}

/** Finds the live passkeys that may approve the session's payment: those bound to its card, by any client. An e-mail address finds none. */
export function searchOfCard(
  session: Session,
  visit: { readonly accounts: AccountReferences | undefined; readonly now: Date },
  vault: VaultKeys,
): PasskeySearch {
  const { accounts, now } = visit;
  const accountIndexes = indexesOfCard(session, accounts, vault);
  const { clientId } = session;
  const registeredPasskey = registeredPasskeyOf(session);
  return { deviceId: undefined, clientId, accountIndexes, registeredPasskey, purpose: 'PAYMENT', now };
}

/** Finds the live passkeys that the session may use or has to exclude: its device's, and its accounts'. */
export function searchOfSession(
  session: Session,
  visit: { readonly accounts: AccountReferences; readonly deviceId: string | undefined; readonly now: Date },
  vault: VaultKeys,
): PasskeySearch {
  const { accounts, deviceId, now } = visit;
  const accountIndexes = indexesOfAccounts(session, accounts, vault);
  const { clientId } = session;
  return { deviceId, clientId, accountIndexes, registeredPasskey: null, purpose: 'ENROLMENT', now };
}

/** The passkey that a payment has registered on the way and that approves it next; null if there is none. */
export function registeredPasskeyOf({ state, passkeyId }: Pick<Session, 'state' | 'passkeyId'>): string | null {
  return state === 'registered' ? passkeyId : null;
}

/** The indexes whose live passkeys are offered when the session is opened: none while the card's issuer has not verified the cardholder. */
export function indexesToLookUp(
  session: Session,
  accounts: AccountReferences | undefined,
  vault: VaultKeys,
): readonly Buffer[] {
  const step = stepOf(session);
  if (step === 'VERIFY') return [];
  if (step === 'PAY') return indexesOfCard(session, accounts, vault);
  return accounts === undefined ? [] : indexesOfAccounts(session, accounts, vault);
}

/** The indexes of the card: by its number if it is known, else the one index that its binding has. */
function indexesOfCard(
  { cardIndex }: Session,
  accounts: AccountReferences | undefined,
  vault: VaultKeys,
): readonly Buffer[] {
  if (cardIndex === null) throw new Error("A payment's session has a card.");
  return accounts === undefined ? [cardIndex] : lookupIndexes({ cards: accounts.cards }, vault);
}

/**
 * An issuer's cards are in its own ranges; its e-mail addresses and mobile numbers find only what it has bound itself. In a merchant's session
 * nobody has verified more than the card. Anybody may type an e-mail address there, so it is not looked up: it would tell something about its
 * owner's passkeys.
 */
function indexesOfAccounts({ reason }: Session, accounts: AccountReferences, vault: VaultKeys): readonly Buffer[] {
  return lookupIndexes(reason === 'ACCOUNT_LOGIN' ? accounts : { cards: accounts.cards }, vault);
}

/** Whether this device is known to hold one of the card's passkeys, given what a search by card and device has found. */
export function deviceHasPasskey(passkeys: readonly Pick<Passkey, 'onDevice' | 'ofAccounts'>[]): boolean {
  return passkeys.some(({ onDevice, ofAccounts }) => onDevice && ofAccounts);
}
