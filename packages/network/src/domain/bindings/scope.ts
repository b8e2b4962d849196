/**
 * Which bindings a call is about (contract §12). A client's call finds only what the client may act on: its own bindings, and for an issuer also
 * those that merchants hold of its cards. A binding that the client must not see is answered like one that does not exist.
 */
import { createHash } from 'node:crypto';
import { type Sql, sql, type Values } from '@payment-passkeys/storage';

/** The bindings of a call. */
export type Scope =
  | { readonly kind: 'BINDING'; readonly callerId: string; readonly bindingId: string }
  | { readonly kind: 'CREDENTIAL'; readonly callerId: string; readonly passkeyId: string }
  | ({ readonly kind: 'ACCOUNT' } & AccountScope)
  /** For the cardholder and for operators: all bindings of a passkey, or one of them, of any client. */
  | { readonly kind: 'PASSKEY'; readonly passkeyId: string; readonly bindingId?: string | undefined };

/** Bindings of an account, or only those of one passkey. */
export interface AccountScope {
  readonly callerId: string;
  /** The account's keyed hashes, one for each key version; the version in use comes first. */
  readonly accountIndexes: readonly Buffer[];
  readonly passkeyId?: string | undefined;
  /** Whether the caller's own bindings are found. */
  readonly own: boolean;
  /** Whether merchants' bindings are found: the caller is an issuer, and the card is in its ranges. */
  readonly shops: boolean;
}

export type ScopeKind = Scope['kind'];

type ScopeValue =
  | 'callerId'
  | 'bindingId'
  | 'passkeyId'
  | 'accountIndexes'
  | 'own'
  | 'shops'
  | 'requestHash'
  | 'requestHashes';

/** `issuer_id` is set in merchants' bindings. */
const MAY_ACT = sql`(client_id = ${'callerId'} OR issuer_id = ${'callerId'})`;
const OF_PASSKEY = sql`passkey_id = ${'passkeyId'} AND (${'bindingId'}::text IS NULL OR binding_id = ${'bindingId'})`;

interface ScopeSql {
  /** Selects `binding_id`, once for each binding. */
  readonly found: Sql<ScopeValue>;
  /** A condition for rows of `deleted_binding`. */
  readonly deleted: Sql<ScopeValue>;
}

const byColumns = (condition: Sql<ScopeValue>): ScopeSql => ({
  found: sql`SELECT binding_id FROM binding WHERE ${condition}`,
  deleted: condition,
});

export const SCOPES: { readonly [Kind in ScopeKind]: ScopeSql } = {
  BINDING: byColumns(sql`binding_id = ${'bindingId'} AND ${MAY_ACT}`),
  CREDENTIAL: byColumns(sql`passkey_id = ${'passkeyId'} AND ${MAY_ACT}`),
  PASSKEY: byColumns(OF_PASSKEY),
  ACCOUNT: {
    // OFFSET 0: see livePasskeys.
    found: sql`SELECT DISTINCT account.binding_id FROM binding_account AS account,
                 LATERAL (SELECT passkey_id, client_id, card_index FROM binding WHERE binding.binding_id = account.binding_id OFFSET 0) AS bound
               WHERE account_index = ANY (${'accountIndexes'}::bytea[]) AND (${'passkeyId'}::text IS NULL OR passkey_id = ${'passkeyId'})
                 AND ((${'own'}::boolean AND client_id = ${'callerId'}) OR (${'shops'}::boolean AND kind = 'CARD' AND card_index <> ''))`,
    // A deleted binding has no account any more.
    deleted: sql`request_hash = ANY (${'requestHashes'}::bytea[])`,
  },
};

/** A value for each name of {@link SCOPES}; `requestHash` is the one to store. */
export function scopeValues(scope: Scope): Values<ScopeValue> {
  const none = {
    callerId: null,
    bindingId: null,
    passkeyId: null,
    accountIndexes: [],
    own: false,
    shops: false,
    requestHash: null,
    requestHashes: [],
  };
  if (scope.kind !== 'ACCOUNT') return { ...none, ...scope };
  const requestHashes = scope.accountIndexes.map((index) => hashRequest(scope, index));
  return { ...none, ...scope, requestHash: requestHashes[0], requestHashes };
}

/** A tombstone keeps this hash, so that a repeated deletion by account is recognised (decision 88). */
function hashRequest({ callerId, passkeyId }: AccountScope, index: Buffer): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([callerId, passkeyId ?? null, index.toString('base64')]))
    .digest();
}
