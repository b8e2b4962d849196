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
