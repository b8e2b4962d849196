/**
 * Bindings in the database: a passkey, a client, and the account references as keyed hashes. An issuer has one binding per passkey. A
 * merchant has one per passkey and card, because a shop stores its id instead of the card.
 */
import { column, outer, query, type RowOf, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import type { BindingIndexes } from '../accounts/rekey.ts';
import {
  byAdmission,
  chooseByAdmission,
  type NonceClaim,
  type NonceVerdict,
  nonceValues,
  readVerdict,
  VERDICT,
} from '../clients/nonce-store.ts';
import { endedSession, sessionEnded, storedEvents } from '../events/outbox.ts';
import { OPTED_IN } from '../payment-confirmation/opt-out.ts';
import { ACCOUNTS_DELETED } from '../sessions/accounts-deleted.ts';
import { MAY_BIND } from '../sessions/decisions-in-sql.ts';
import { appended, STEP_OF_UNREAD, type StoredStep } from '../timeline/step.ts';
import { BINDING_IS_HELD, bindingValues, boundEvents, boundOrUpdated, heldBinding, passkeyIsKept } from './bound.ts';

const BINDING = { bindingId: column.text('binding_id'), passkeyId: column.text('passkey_id') };

/** `passkeyId` is the Authenticators API's credentialId. */
export type Binding = RowOf<typeof BINDING>;

/** The card index of an issuer's binding. */
const NO_CARD = Buffer.alloc(0);

/** Either the session's indexes were made by today's keys, or the statement's values replace them. */
const INDEXES_ARE_KNOWN = sql`
  (${'cardIndex'}::bytea IS NOT NULL
   OR (account_key_versions = ${'indexVersions'}::integer[]
       AND (card_index IS NULL OR card_index = account_indexes[array_position(account_kinds, 'CARD')])))`;

const MAY_BE_BOUND = sql`session_id = ${'sessionId'} AND client_id = ${'clientId'} AND ${MAY_BIND}`;

/** What differs by the role of the client. Only a merchant's session has a card, and only its binding. */
const BY_ROLE = {
  issuer: {
    by: sql`'ISSUER'`,
    isOfRole: sql`card_index IS NULL`,
    cardIndex: sql`''::bytea`,
    heldCard: sql`''::bytea`,
    alsoSet: sql``,
    bound: boundOrUpdated('issuer'),
    also: sql``,
  },
  merchant: {
    by: sql`'MERCHANT'`,
    isOfRole: sql`card_index IS NOT NULL`,
    cardIndex: sql`coalesce(${'cardIndex'}::bytea, card_index)`,
    heldCard: sql`(SELECT card_index FROM target)`,
    alsoSet: sql`card_index = coalesce(${'cardIndex'}, card_index),`,
    bound: boundOrUpdated('merchant'),
    also: sql`, ${OPTED_IN},
      -- Ends an opt-out that an older version of the program recorded for all merchants.
      passkey_opted_in AS (UPDATE passkey SET payment_confirmation = true FROM consumed
                           WHERE passkey.passkey_id = consumed.passkey_id AND NOT payment_confirmation)`,
  },
} as const;
type Role = keyof typeof BY_ROLE;

/** The session before it is locked, and the accounts that are added: those that are given, or the session's own. */
const target = (role: Role) => sql`
  target AS (SELECT passkey_id, ${BY_ROLE[role].cardIndex} AS card_index, account_indexes, account_kinds, account_key_versions[1] AS key_version
             FROM session WHERE ${MAY_BE_BOUND} AND ${BY_ROLE[role].isOfRole}),
  to_bind AS (SELECT account_index, coalesce(account.key_version, target.key_version) AS key_version, kind
              FROM target, unnest(coalesce(${'accountIndexes'}::bytea[], account_indexes[1:cardinality(account_kinds)]),
                                  coalesce(${'accountKinds'}::text[], account_kinds), ${'keyVersions'}::integer[])
                             AS account (account_index, kind, key_version))`;

/** Consumes the proof. `consumed` is the session. */
const proofConsumed = (role: Role) => sql`
  ${heldBinding({ passkeyId: sql`(SELECT passkey_id FROM target)`, cardIndex: BY_ROLE[role].heldCard })},
  consumed AS (UPDATE session SET state = 'bound', ended_at = ${'now'}, ${ACCOUNTS_DELETED}, ${BY_ROLE[role].alsoSet} ${appended(STEP_OF_UNREAD)}
               FROM admitted
               WHERE ${MAY_BE_BOUND} AND ${INDEXES_ARE_KNOWN} AND ${passkeyIsKept(sql`(SELECT passkey_id FROM target)`)} AND ${BINDING_IS_HELD}
               RETURNING ${endedSession('bound')}, coalesce(card_index, '') AS card_index, card_last_four, card_brand, issuer_id, src_correlation_id,
                         trace_context)`;

const bindEvents = (role: Role) => {
  const { by } = BY_ROLE[role];
  return storedEvents(
    sessionEnded({ from: sql`consumed`, by, bindingId: sql`(SELECT bound.binding_id FROM bound)` }),
    boundEvents({ by, heldByIssuer: role === 'issuer' }),
  );
};

const BOUND = {
  bindingId: column.text('bound.binding_id'),
  passkeyId: column.text('bound.passkey_id'),
  srcCorrelationId: column.text('src_correlation_id'),
  traceContext: column.text('trace_context'),
};

const bind = (role: Role) =>
  byAdmission((admission) =>
    statement({
      name: `authenticator-bind-${role}-${admission.name}`,
      text: sql`WITH ${admission.parts}, ${target(role)}, ${proofConsumed(role)}, ${BY_ROLE[role].bound}, ${bindEvents(role)}${BY_ROLE[role].also}
                SELECT ${selectList(VERDICT)}, ${selectList(BOUND)}
                FROM (SELECT 1) AS answer LEFT JOIN (consumed JOIN bound USING (client_id)) ON true`,
      returns: { ...VERDICT, ...outer(BOUND) },
    }),
  );
const BIND = { issuer: bind('issuer'), merchant: bind('merchant') };

export interface BindRequest {
  readonly sessionId: string;
  /** The calling client: only its own session is bound. */
  readonly clientId: string;
  readonly role: Role;
  readonly proofHash: Buffer;
  /** The id for the first binding of the passkey and client. */
  readonly newBindingId: string;
  readonly step: StoredStep;
  /** The versions of today's keys: see indexVersions. */
  readonly indexVersions: readonly number[];
  readonly now: Date;
}

export interface BoundSession extends Binding {
  readonly srcCorrelationId: string;
  readonly traceContext: string | null;
}

/**
 * Consumes the proof and binds, in one statement. The session becomes bound and loses its account references; the passkey's one binding of this
 * client gains them; the nonce of the request is consumed; the events are stored. At a merchant, this ends an opt-out of Secure Payment
 * Confirmation.
 *
 * Nothing is bound if the verdict is not CONSUMED, if the client has no such session that waits for this proof, or if the session's indexes are
 * of other keys than today's. With `indexes`, these are bound in place of the session's own, and the last condition does not apply.
 */
export async function consumeProof(
  pool: Pool,
  request: BindRequest,
  nonceClaim: NonceClaim | undefined,
  indexes?: BindingIndexes,
): Promise<{ readonly verdict: NonceVerdict; readonly bound: BoundSession | undefined }> {
  const [row] = await query(pool, chooseByAdmission(BIND[request.role], nonceClaim), {
    cardIndex: indexes?.card.index,
    ...request,
    ...bindingValues(request.newBindingId, indexes?.accounts),
    ...nonceValues(nonceClaim),
  });
  const { bindingId = null, passkeyId = null, srcCorrelationId = null, traceContext = null } = row ?? {};
  const isBound = bindingId !== null && passkeyId !== null && srcCorrelationId !== null;
  return {
    verdict: readVerdict(row),
    bound: isBound ? { bindingId, passkeyId, srcCorrelationId, traceContext } : undefined,
  };
}

const OF_PASSKEY = statement({
  name: 'binding-of-passkey',
  text: sql`SELECT ${selectList(BINDING)} FROM binding
            WHERE passkey_id = ${'passkeyId'} AND client_id = ${'clientId'} AND card_index = ${'cardIndex'}`,
  returns: BINDING,
});

const WAIT = { pendingActivation: column.boolean('pending_activation') };

const WAIT_OF_BINDING = statement({
  name: 'binding-wait',
  text: sql`SELECT ${selectList(WAIT)} FROM binding WHERE binding_id = ${'bindingId'}`,
  returns: WAIT,
});

/** Whether the binding waits for its issuer (PENDING_ACTIVATION). A deleted one does not. */
export async function waitsForIssuer(pool: Pool, bindingId: string): Promise<boolean> {
  const [row] = await query(pool, WAIT_OF_BINDING, { bindingId });
  return row?.pendingActivation ?? false;
}

export async function findBinding(
  pool: Pool,
  binding: {
    readonly passkeyId: string;
    readonly clientId: string;
    /** For a merchant's binding. */
    readonly cardIndex: Buffer | null;
  },
): Promise<Binding | undefined> {
  const { cardIndex, ...search } = binding;
  return (await query(pool, OF_PASSKEY, { ...search, cardIndex: cardIndex ?? NO_CARD }))[0];
}
