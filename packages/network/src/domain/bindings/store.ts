/**
 * Bindings in the database: a passkey, a client, and the account references as keyed hashes. An issuer has one for each passkey, a merchant
 * one for each passkey and card, since its id is what a shop keeps in the card's place.
 */
import type { Pool } from 'pg';
import type { BindingIndexes } from '../accounts/rekey.ts';
import {
  type AdmittedRow,
  admitting,
  type NonceClaim,
  type NonceVerdict,
  readVerdict,
} from '../clients/nonce-store.ts';
import { OPTED_IN } from '../payment-confirmation/opt-out.ts';
import type { SessionCard } from '../sessions/store.ts';

export interface Binding {
  /** The Authenticators API's credentialId. */
  readonly passkeyId: string;
  readonly bindingId: string;
}

/**
 * Spends the proof and binds, in one statement: the session becomes bound and loses its account references, and the passkey's one
 * binding of this client gains them; the nonce of the request is used up. At a merchant it brings Secure Payment Confirmation back that the
 * cardholder had opted out of there. No binding when the proof was spent or expired meanwhile, or
 * where the verdict is not TAKEN.
 */
export async function takeProof(
  pool: Pool,
  request: BindingIndexes & {
    readonly sessionId: string;
    readonly proofHash: Buffer;
    /** For the first binding of the passkey and client. */
    readonly newBindingId: string;
    readonly now: Date;
  },
  nonceClaim: NonceClaim | undefined,
): Promise<{ readonly verdict: NonceVerdict; readonly binding: Binding | undefined }> {
  const { accounts, card } = request;
  const nonce = admitting(nonceClaim, 9);
  const taken = await pool.query<AdmittedRow & (BindingRow | { readonly binding_id: null })>({
    name: `authenticator-bind-${nonce.name}`,
    text: `WITH ${nonce.parts},
                taken AS (UPDATE session SET state = 'bound', ended_at = $4, accounts = NULL,
                                             card_index = CASE WHEN card_index IS NOT NULL THEN $8::bytea END
                          FROM admitted
                          WHERE session_id = $1 AND state = 'enrolled' AND proof_hash = $2 AND proof_expires_at > $4
                          RETURNING passkey_id, client_id, coalesce(card_index, '') AS card_index, card_last_four, card_brand, issuer_id),
                bound AS (INSERT INTO binding (binding_id, passkey_id, client_id, card_index, card_last_four, card_brand, issuer_id, created_at,
                                               updated_at)
                          SELECT $3, passkey_id, client_id, card_index, card_last_four, card_brand, issuer_id, $4, $4 FROM taken
                          ON CONFLICT (passkey_id, client_id, card_index) DO UPDATE SET updated_at = $4
                          RETURNING binding_id, passkey_id),
                added AS (INSERT INTO binding_account (binding_id, account_index, key_version, kind, added_at)
                          SELECT binding_id, account_index, key_version, kind, $4
                          FROM bound, unnest($5::bytea[], $6::integer[], $7::text[]) AS account (account_index, key_version, kind)
                          ON CONFLICT (binding_id, account_index) DO NOTHING),
                ${OPTED_IN},
                -- What an older program has opted out everywhere.
                passkey_opted_in AS (UPDATE passkey SET payment_confirmation = true FROM taken
                                     WHERE passkey.passkey_id = taken.passkey_id AND taken.card_index <> '' AND NOT payment_confirmation)
           SELECT ${nonce.columns}, binding_id, passkey_id FROM (SELECT) AS answer LEFT JOIN bound ON true`,
    values: [
      request.sessionId,
      request.proofHash,
      request.newBindingId,
      request.now,
      accounts.map(({ index }) => index),
      accounts.map(({ keyVersion }) => keyVersion),
      accounts.map(({ kind }) => kind),
      card.index,
      ...nonce.values,
    ],
  });
  const [row] = taken.rows;
  return { verdict: readVerdict(row), binding: row?.binding_id ? readBinding(row) : undefined };
}

interface BindingRow {
  readonly binding_id: string;
  readonly passkey_id: string;
}

export async function findBinding(
  pool: Pool,
  binding: {
    readonly passkeyId: string;
    readonly clientId: string;
    /** Of a merchant's. */
    readonly cardIndex: Buffer | null;
  },
): Promise<Binding | undefined> {
  const found = await pool.query<BindingRow>({
    name: 'binding-of-passkey',
    text: 'SELECT binding_id, passkey_id FROM binding WHERE passkey_id = $1 AND client_id = $2 AND card_index = $3',
    values: [binding.passkeyId, binding.clientId, binding.cardIndex ?? Buffer.alloc(0)],
  });
  return readBinding(found.rows[0]);
}

/**
 * The card that a merchant's binding stands for; undefined where the binding is unknown, or another client's. By its account, which passkeys
 * are found by: what was bound across a rotation by an older program may have an older index in `card_index`.
 */
export async function findCardOfBinding(
  pool: Pool,
  { bindingId, clientId }: { readonly bindingId: string; readonly clientId: string },
): Promise<(SessionCard & { readonly issuerActive: boolean }) | undefined> {
  const found = await pool.query<SessionCard & { readonly issuerActive: boolean }>({
    name: 'card-of-binding',
    text: `SELECT coalesce((SELECT account_index FROM binding_account AS account WHERE account.binding_id = binding.binding_id AND kind = 'CARD'
                            ORDER BY account_index = card_index DESC LIMIT 1), card_index) AS index, card_last_four AS "lastFour", card_brand AS brand,
                  issuer_id AS "issuerId",
                  EXISTS (SELECT FROM client AS issuer WHERE issuer.client_id = issuer_id AND issuer.suspended_at IS NULL) AS "issuerActive"
           FROM binding WHERE binding_id = $1 AND client_id = $2 AND card_last_four IS NOT NULL`,
    values: [bindingId, clientId],
  });
  return found.rows[0];
}

function readBinding(row: BindingRow | undefined): Binding | undefined {
  return row && { bindingId: row.binding_id, passkeyId: row.passkey_id };
}
