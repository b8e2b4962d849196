/** The ready-made store of receipts: two tables in the host's own PostgreSQL that allow only INSERT and SELECT. */
import { rules } from '@payment-passkeys/kit';
import type { Pool } from 'pg';
import { checkGiven } from '../errors.ts';
import type { Channel, ConsentReceipt } from './receipt.ts';
import type { ConsentStore } from './receipt-store.ts';

/**
 * The tables, as SQL for PostgreSQL 13 or newer: copy it into a migration of your own. A later version of the kit exports changes as
 * additional texts and never edits this one. Triggers refuse UPDATE, DELETE and TRUNCATE, even by the tables' owner. If a law requires
 * erasure, disable them deliberately (`ALTER TABLE … DISABLE TRIGGER`), which the database's log records.
 */
export const CONSENT_MIGRATION = `\
-- Payment passkeys, issuer kit: receipts of consents. Never changed, never removed.
-- No account reference, no PAN, no e-mail address: accounts are masked.

-- What was shown, once for each wording; text_hash is the SHA-256 of its UTF-8, and the database checks it.
CREATE TABLE payment_passkey_consent_text (
  text_hash  text PRIMARY KEY CHECK (text_hash = encode(sha256(convert_to(text, 'UTF8')), 'hex')),
  text       text NOT NULL
);

CREATE TABLE payment_passkey_consent (
  receipt_id         uuid PRIMARY KEY,
  cardholder_id      text NOT NULL,
  channel            text NOT NULL CHECK (channel IN ('WEB', 'APP', 'BRANCH', 'PHONE')),
  country            text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  language           text NOT NULL,
  catalogue_version  text NOT NULL,
  text_version       text NOT NULL,
  text_hash          text NOT NULL REFERENCES payment_passkey_consent_text,
  resources          jsonb NOT NULL,
  accounts           jsonb NOT NULL,
  accepted_at        timestamptz NOT NULL
);
CREATE INDEX payment_passkey_consent_cardholder ON payment_passkey_consent (cardholder_id, accepted_at);
CREATE INDEX payment_passkey_consent_accepted_at ON payment_passkey_consent (accepted_at);

CREATE FUNCTION payment_passkey_consent_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a consent receipt is never changed or removed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER payment_passkey_consent_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_passkey_consent
  FOR EACH STATEMENT EXECUTE FUNCTION payment_passkey_consent_is_final();
CREATE TRIGGER payment_passkey_consent_text_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_passkey_consent_text
  FOR EACH STATEMENT EXECUTE FUNCTION payment_passkey_consent_is_final();
`;

interface Row {
  readonly receipt_id: string;
  readonly cardholder_id: string;
  readonly channel: Channel;
  readonly country: string;
  readonly language: string;
  readonly catalogue_version: string;
  readonly text_version: string;
  readonly text_hash: string;
  readonly text: string;
  readonly resources: ConsentReceipt['resources'];
  readonly accounts: readonly string[];
  readonly accepted_at: Date;
}

const SELECT = 'SELECT * FROM payment_passkey_consent JOIN payment_passkey_consent_text USING (text_hash)';

/** A store on the tables of {@link CONSENT_MIGRATION}. Each method is one statement, autocommitted. */
export function createPostgresConsentStore(pool: Pool): ConsentStore {
  checkGiven({ pool }, { name: 'createPostgresConsentStore', fields: { pool: rules.withMethods('query') } });
  const select = async (conditions: string, values: readonly unknown[]): Promise<readonly ConsentReceipt[]> => {
    const { rows } = await pool.query<Row>(`${SELECT} ${conditions}`, [...values]);
    return rows.map(readRow);
  };
  return {
    async addReceipt(receipt) {
      // The same statement inserts the text if it is new. Foreign keys are checked at its end.
      await pool.query(
        `WITH shown AS (
           INSERT INTO payment_passkey_consent_text (text_hash, text) VALUES ($8, $9) ON CONFLICT (text_hash) DO NOTHING)
         INSERT INTO payment_passkey_consent
           (receipt_id, cardholder_id, channel, country, language, catalogue_version, text_version, text_hash, resources, accounts, accepted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $10, $11, $12)`,
        [
          receipt.receiptId,
          receipt.cardholderId,
          receipt.channel,
          receipt.country,
          receipt.language,
          receipt.catalogueVersion,
          receipt.textVersion,
          receipt.textHash,
          receipt.text,
          JSON.stringify(receipt.resources),
          JSON.stringify(receipt.accounts),
          receipt.acceptedAt,
        ],
      );
    },

    async findReceipt({ receiptId }) {
      return (await select('WHERE receipt_id = $1', [receiptId]))[0];
    },

    findReceiptsOf: ({ cardholderId }) =>
      select('WHERE cardholder_id = $1 ORDER BY accepted_at DESC, receipt_id', [cardholderId]),

    findReceipts: ({ from, to, country, language, textHash, catalogueVersion, limit }) =>
      select(
        `WHERE ($1::timestamptz IS NULL OR accepted_at >= $1) AND ($2::timestamptz IS NULL OR accepted_at < $2)
           AND ($3::text IS NULL OR country = $3) AND ($4::text IS NULL OR language = $4)
           AND ($5::text IS NULL OR text_hash = $5) AND ($6::text IS NULL OR catalogue_version = $6)
         ORDER BY accepted_at DESC, receipt_id LIMIT $7`,
        [from, to, country, language, textHash, catalogueVersion, limit],
      ),
  };
}

function readRow(row: Row): ConsentReceipt {
  return {
    receiptId: row.receipt_id,
    cardholderId: row.cardholder_id,
    channel: row.channel,
    country: row.country,
    language: row.language,
    catalogueVersion: row.catalogue_version,
    textVersion: row.text_version,
    textHash: row.text_hash,
    text: row.text,
    resources: row.resources,
    accounts: row.accounts,
    acceptedAt: row.accepted_at,
  };
}
