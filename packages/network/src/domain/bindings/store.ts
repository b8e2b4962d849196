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
import { ENDED_SESSION, sessionEnded, storedEvents } from '../events/outbox.ts';
import { OPTED_IN } from '../payment-confirmation/opt-out.ts';
import { ACCOUNTS_DELETED } from '../sessions/accounts-deleted.ts';
import { MAY_BIND } from '../sessions/decisions-in-sql.ts';
import { appended, STEP_OF_UNREAD, type StoredStep } from '../timeline/step.ts';
import { BINDING_IS_HELD, BOUND_OR_UPDATED, bindingValues, boundEvents, heldBinding, passkeyIsKept } from './bound.ts';

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

const MAY_BE_BOUND = sql`session_id = ${'sessionId'} AND client_id = ${'clientId'} AND ${MAY_BIND} AND ${INDEXES_ARE_KNOWN}`;

/** The session before it is locked, and the accounts that are added: those that are given, or the session's own. */
const TARGET = sql`
  target AS (SELECT passkey_id, CASE WHEN card_index IS NULL THEN ''::bytea ELSE coalesce(${'cardIndex'}::bytea, card_index) END AS card_index,
                    account_indexes[1:cardinality(account_kinds)] AS account_indexes, account_kinds, account_key_versions[1] AS key_version
             FROM session WHERE ${MAY_BE_BOUND}),
  to_bind AS (SELECT account_index, key_version, kind
              FROM unnest(${'accountIndexes'}::bytea[], ${'keyVersions'}::integer[], ${'accountKinds'}::text[])
                     AS given (account_index, key_version, kind)
              UNION ALL
              SELECT account_index, key_version, kind
              FROM target, unnest(account_indexes, account_kinds) AS own (account_index, kind) WHERE ${'cardIndex'}::bytea IS NULL)`;

/** Consumes the proof. `consumed` is the session. */
const PROOF_CONSUMED = sql`
  ${heldBinding({ passkeyId: sql`(SELECT passkey_id FROM target)`, cardIndex: sql`(SELECT card_index FROM target)` })},
  consumed AS (UPDATE session SET state = 'bound', ended_at = ${'now'}, ${ACCOUNTS_DELETED},
                                  card_index = CASE WHEN card_index IS NOT NULL THEN coalesce(${'cardIndex'}, card_index) END,
                                  ${appended(STEP_OF_UNREAD)}
               FROM admitted
               WHERE ${MAY_BE_BOUND} AND ${passkeyIsKept(sql`(SELECT passkey_id FROM target)`)} AND ${BINDING_IS_HELD}
               RETURNING ${ENDED_SESSION}, coalesce(card_index, '') AS card_index, card_last_four, card_brand, issuer_id, src_correlation_id,
                         trace_context)`;

/** The client that calls. */
const BY_CLIENT = sql`(SELECT CASE WHEN card_index = '' THEN 'ISSUER' ELSE 'MERCHANT' END FROM consumed)`;

const BIND_EVENTS = storedEvents(
  sessionEnded({ from: sql`consumed`, by: BY_CLIENT, bindingId: sql`(SELECT bound.binding_id FROM bound)` }),
  boundEvents({ by: BY_CLIENT }),
);

const BOUND = {
  bindingId: column.text('bound.binding_id'),
  passkeyId: column.text('bound.passkey_id'),
  srcCorrelationId: column.text('src_correlation_id'),
  traceContext: column.text('trace_context'),
};

const BIND = byAdmission((admission) =>
  statement({
    name: `authenticator-bind-${admission.name}`,
    text: sql`WITH ${admission.parts}, ${TARGET}, ${PROOF_CONSUMED}, ${BOUND_OR_UPDATED}, ${OPTED_IN}, ${BIND_EVENTS},
                   -- Ends an opt-out that an older version of the program recorded for all merchants.
                   passkey_opted_in AS (UPDATE passkey SET payment_confirmation = true FROM consumed
                                        WHERE passkey.passkey_id = consumed.passkey_id AND consumed.card_index <> '' AND NOT payment_confirmation)
              SELECT ${selectList(VERDICT)}, ${selectList(BOUND)}
              FROM (SELECT 1) AS answer LEFT JOIN (consumed JOIN bound USING (client_id)) ON true`,
    returns: { ...VERDICT, ...outer(BOUND) },
  }),
);

export interface BindRequest {
  readonly sessionId: string;
  /** The calling client: only its own session is bound. */
  readonly clientId: string;
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
  const { newBindingId, ...values } = request;
  const [row] = await query(pool, chooseByAdmission(BIND, nonceClaim), {
    ...values,
    cardIndex: indexes?.card.index,
    ...bindingValues(newBindingId, indexes?.accounts ?? []),
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
