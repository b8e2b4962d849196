/**
 * Bindings in the database: a passkey, a client, and the account references as keyed hashes. An issuer has one binding per passkey. A
 * merchant has one per passkey and card, because a shop stores its id instead of the card.
 */
import type { CardBrand } from '@payment-passkeys/protocol';
import {
  column,
  notNull,
  nullable,
  outer,
  query,
  type RowOf,
  selectList,
  sql,
  statement,
} from '@payment-passkeys/storage';
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
import type { Session, SessionCard } from '../sessions/store.ts';
import { appended, STEP, type StoredStep } from '../timeline/step.ts';
import {
  BINDING_IS_HELD,
  BOUND_OR_UPDATED,
  bindingValues,
  boundEvents,
  HELD_BINDING,
  PASSKEY_IS_KEPT,
} from './bound.ts';

const BINDING = { bindingId: column.text('binding_id'), passkeyId: column.text('passkey_id') };

/** `passkeyId` is the Authenticators API's credentialId. */
export type Binding = RowOf<typeof BINDING>;

/** The card index of an issuer's binding. */
const NO_CARD = Buffer.alloc(0);

/** Consumes the proof. `consumed` is the session. */
const PROOF_CONSUMED = sql`
  ${HELD_BINDING},
  consumed AS (UPDATE session SET state = 'bound', ended_at = ${'now'}, ${ACCOUNTS_DELETED},
                                  card_index = CASE WHEN card_index IS NOT NULL THEN ${'cardIndex'}::bytea END,
                                  ${appended(STEP)}
               FROM admitted
               WHERE session_id = ${'sessionId'} AND state = 'enrolled' AND proof_hash = ${'proofHash'} AND proof_expires_at > ${'now'}
                 AND ${PASSKEY_IS_KEPT} AND ${BINDING_IS_HELD}
               RETURNING ${ENDED_SESSION}, coalesce(card_index, '') AS card_index, card_last_four, card_brand, issuer_id)`;

/** The client that calls. */
const BY_CLIENT = sql`(SELECT CASE WHEN card_index = '' THEN 'ISSUER' ELSE 'MERCHANT' END FROM consumed)`;

const BIND_EVENTS = storedEvents(
  sessionEnded({ from: sql`consumed`, by: BY_CLIENT, bindingId: sql`(SELECT bound.binding_id FROM bound)` }),
  boundEvents({ by: BY_CLIENT }),
);

const BIND = byAdmission((admission) =>
  statement({
    name: `authenticator-bind-${admission.name}`,
    text: sql`WITH ${admission.parts}, ${PROOF_CONSUMED}, ${BOUND_OR_UPDATED}, ${OPTED_IN}, ${BIND_EVENTS},
                   -- What an older program has opted out everywhere.
                   passkey_opted_in AS (UPDATE passkey SET payment_confirmation = true FROM consumed
                                        WHERE passkey.passkey_id = consumed.passkey_id AND consumed.card_index <> '' AND NOT payment_confirmation)
              SELECT ${selectList(VERDICT)}, ${selectList(BINDING)} FROM (SELECT) AS answer LEFT JOIN bound ON true`,
    returns: { ...VERDICT, ...outer(BINDING) },
  }),
);

/**
 * Consumes the proof and binds, in one statement. The session becomes bound and loses its account references; the passkey's one binding of
 * this client gains them; the nonce of the request is consumed; the events are stored. At a merchant, this ends an opt-out of Secure Payment Confirmation. There
 * is no binding if the proof was consumed or expired in the meantime, or if the verdict is not CONSUMED.
 */
export async function consumeProof(
  pool: Pool,
  request: BindingIndexes & {
    readonly session: Pick<Session, 'sessionId' | 'clientId' | 'passkeyId' | 'cardIndex'>;
    readonly proofHash: Buffer;
    /** The id for the first binding of the passkey and client. */
    readonly newBindingId: string;
    readonly step: StoredStep;
    readonly now: Date;
  },
  nonceClaim: NonceClaim | undefined,
): Promise<{ readonly verdict: NonceVerdict; readonly binding: Binding | undefined }> {
  const { session, proofHash, newBindingId, step, now, accounts, card } = request;
  const { sessionId, clientId, passkeyId } = session;
  const [row] = await query(pool, chooseByAdmission(BIND, nonceClaim), {
    sessionId,
    clientId,
    passkeyId,
    heldCardIndex: session.cardIndex === null ? NO_CARD : card.index,
    proofHash,
    step,
    now,
    cardIndex: card.index,
    ...bindingValues(newBindingId, accounts),
    ...nonceValues(nonceClaim),
  });
  const { bindingId = null, passkeyId: boundPasskey = null } = row ?? {};
  const bound = bindingId !== null && boundPasskey !== null;
  return { verdict: readVerdict(row), binding: bound ? { bindingId, passkeyId: boundPasskey } : undefined };
}

const OF_PASSKEY = statement({
  name: 'binding-of-passkey',
  text: sql`SELECT ${selectList(BINDING)} FROM binding
            WHERE passkey_id = ${'passkeyId'} AND client_id = ${'clientId'} AND card_index = ${'cardIndex'}`,
  returns: BINDING,
});

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

const CARD = {
  index: column.bytea(sql`coalesce((SELECT account_index FROM binding_account AS account
                                    WHERE account.binding_id = binding.binding_id AND kind = 'CARD'
                                    ORDER BY account_index = card_index DESC LIMIT 1), card_index)`),
  lastFour: notNull(column.text('card_last_four')),
  brand: nullable(column.text<CardBrand>('card_brand')),
  issuerId: nullable(column.text('issuer_id')),
  suspended: column.boolean(sql`suspended_by <> '{}'`),
  issuerActive: column.boolean(
    sql`EXISTS (SELECT FROM client AS issuer WHERE issuer.client_id = issuer_id AND issuer.suspended_at IS NULL)`,
  ),
};

const CARD_OF_BINDING = statement({
  name: 'card-of-binding',
  text: sql`SELECT ${selectList(CARD)} FROM binding
            WHERE binding_id = ${'bindingId'} AND client_id = ${'clientId'} AND card_last_four IS NOT NULL`,
  returns: CARD,
});

/**
 * The card of a merchant's binding; undefined if the binding is unknown, or another client's. The index is that of the binding's account,
 * which finds passkeys. If an older version of the program has bound during a rotation, `card_index` may be older.
 */
export async function findCardOfBinding(
  pool: Pool,
  { bindingId, clientId }: { readonly bindingId: string; readonly clientId: string },
): Promise<(SessionCard & { readonly issuerActive: boolean; readonly suspended: boolean }) | undefined> {
  return (await query(pool, CARD_OF_BINDING, { bindingId, clientId }))[0];
}
