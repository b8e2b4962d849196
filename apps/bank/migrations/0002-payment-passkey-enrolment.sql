-- Payment passkeys, issuer kit: enrolments on their way to the network and back.
-- No account reference, no PAN, no e-mail address, no proof. Of secrets only SHA-256, lower-case hex.
CREATE TABLE payment_passkey_enrolment (
  state_hash                 text PRIMARY KEY CHECK (state_hash ~ '^[0-9a-f]{64}$'),
  browser_hash               text NOT NULL CHECK (browser_hash ~ '^[0-9a-f]{64}$'),
  client_session_id          uuid NOT NULL UNIQUE,
  authentication_session_id  text NOT NULL,
  cardholder_id              text NOT NULL,
  started_at                 timestamptz NOT NULL,
  forget_after               timestamptz NOT NULL,
  proof_hash                 text CHECK (proof_hash ~ '^[0-9a-f]{64}$'),
  credential_id              text,
  binding_id                 text,
  completed_at               timestamptz,
  CHECK (num_nulls(credential_id, binding_id, completed_at) IN (0, 3))
);
CREATE INDEX payment_passkey_enrolment_forget_after ON payment_passkey_enrolment (forget_after);
