/** The parts of a statement that bind a passkey: the binding, the accounts that it stands for, and the event. */
import { type Sql, sql } from '@payment-passkeys/storage';
import type { AccountIndex } from '../accounts/account-vault.ts';
import { bindingChanged, type StoredEvents } from '../events/outbox.ts';

type AccountValue = 'accountIndexes' | 'keyVersions' | 'accountKinds';
export type BindingValue = 'bindingId' | AccountValue | 'now';

/** `consumed` is the session of the ceremony: if it has no row, nothing is bound. */
const insertBinding = <Name extends string>({
  lastUsedAt,
  pending,
}: {
  readonly lastUsedAt: Sql<Name>;
  readonly pending: Sql<never>;
}) => sql`
  INSERT INTO binding (binding_id, passkey_id, client_id, card_index, card_last_four, card_brand, issuer_id, created_at, updated_at, last_used_at,
                       pending_activation)
  SELECT ${'bindingId'}, passkey_id, client_id, card_index, card_last_four, card_brand, issuer_id, ${'now'}, ${'now'}, ${lastUsedAt}, ${pending}
  FROM consumed`;

/** Only a merchant's binding has the card's issuer. */
const ISSUER_ACTIVATES = sql`
  EXISTS (SELECT FROM client AS issuer WHERE issuer.client_id = consumed.issuer_id AND issuer.activation = 'BY_ISSUER')`;

/**
 * A condition that locks the passkey, so that its deletion comes wholly before the binding or wholly after it.
 */
export const passkeyIsKept = <Name extends string>(passkeyId: Sql<Name>): Sql<Name> => sql`
  EXISTS (SELECT 1 FROM passkey WHERE passkey_id = ${passkeyId} AND status <> 'deleted' FOR NO KEY UPDATE)`;

/**
 * The part `held` locks the binding that will be updated, if there is one; {@link BINDING_IS_HELD} in the condition for the session makes this
 * lock come first. A suspension locks in the same order, so the two never wait for each other. `cardIndex` is empty for an issuer's binding.
 */
export const heldBinding = <Name extends string>(held: {
  readonly passkeyId: Sql<Name>;
  readonly cardIndex: Sql<Name>;
}): Sql<Name | 'clientId'> => sql`
  held AS (SELECT binding_id FROM binding
           WHERE passkey_id = ${held.passkeyId} AND client_id = ${'clientId'} AND card_index = ${held.cardIndex} FOR NO KEY UPDATE)`;
export const BINDING_IS_HELD: Sql<never> = sql`(SELECT count(*) FROM held) >= 0`;

/** The part `to_bind`: the accounts that are added, by the statement's values. */
export const GIVEN_ACCOUNTS: Sql<AccountValue> = sql`
  to_bind AS (SELECT account_index, key_version, kind
              FROM unnest(${'accountIndexes'}::bytea[], ${'keyVersions'}::integer[], ${'accountKinds'}::text[])
                     AS given (account_index, key_version, kind))`;

const ACCOUNTS_ADDED = sql`
  added AS (INSERT INTO binding_account (binding_id, account_index, key_version, kind, added_at)
            SELECT binding_id, account_index, key_version, kind, ${'now'} FROM bound, to_bind
            ON CONFLICT (binding_id, account_index) DO NOTHING RETURNING binding_id)`;

/** The columns that {@link boundEvents} reads. */
const BOUND = sql`binding_id, passkey_id, client_id, issuer_id, card_last_four, suspended_by, pending_activation`;

/**
 * Creates the binding, or adds accounts to the existing one. If the existing one is suspended, or waits for its issuer, it stays so. The accounts
 * are in the part `to_bind`.
 */
export const boundOrUpdated = (by: 'issuer' | 'merchant'): Sql<'bindingId' | 'now'> => sql`
  bound AS (${insertBinding({ lastUsedAt: sql`NULL`, pending: by === 'issuer' ? sql`false` : ISSUER_ACTIVATES })}
            ON CONFLICT (passkey_id, client_id, card_index) DO UPDATE SET updated_at = ${'now'}
            RETURNING ${BOUND}), ${ACCOUNTS_ADDED}`;

/**
 * Creates the binding of an approved payment if `isNew`; fails with a unique violation if it exists. The new binding is active at once, because an
 * open binding of the card has approved the payment. The part `to_bind` has its accounts.
 */
export const BOUND_IF_NEW: Sql<'bindingId' | 'isNew' | 'now'> = sql`
  bound AS (${insertBinding({ lastUsedAt: sql`${'now'}::timestamptz`, pending: sql`false` })} WHERE ${'isNew'}::boolean RETURNING ${BOUND}), ${ACCOUNTS_ADDED}`;

/**
 * The event of these parts: `binding.created`, or `binding.updated` if accounts were added to an existing binding. `authenticator` is
 * needed if the statement also creates the passkey.
 */
export function boundEvents<Name extends string = never>(facts: {
  readonly by: Sql<Name>;
  readonly authenticator?: Sql<Name>;
  readonly heldByIssuer?: boolean;
}): StoredEvents<Name | 'bindingId'> {
  const isNew = sql`changed.binding_id = ${'bindingId'}`;
  return bindingChanged<Name | 'bindingId'>({
    ...facts,
    type: sql`CASE WHEN ${isNew} THEN 'binding.created' ELSE 'binding.updated' END`,
    from: sql`bound`,
    where: sql`${isNew} OR EXISTS (SELECT FROM added)`,
    newKinds: sql`SELECT kind FROM to_bind`,
  });
}

/** The values of these parts, except `isNew` and `now`. */
export function bindingValues(bindingId: string | undefined, accounts: readonly AccountIndex[] | undefined) {
  return {
    bindingId,
    accountIndexes: accounts?.map(({ index }) => index),
    keyVersions: accounts?.map(({ keyVersion }) => keyVersion),
    accountKinds: accounts?.map(({ kind }) => kind),
  };
}
