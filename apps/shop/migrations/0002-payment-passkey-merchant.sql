-- Payment passkeys, merchant kit: payments and added cards on their way to the network and back.
-- No card number, no e-mail address, no proof. Of secrets and proofs only SHA-256, lower-case hex.
CREATE TABLE payment_passkey_payment (
  state_hash                 text PRIMARY KEY CHECK (state_hash ~ '^[0-9a-f]{64}$'),
  browser_hash               text NOT NULL CHECK (browser_hash ~ '^[0-9a-f]{64}$'),
  client_session_id          uuid NOT NULL UNIQUE,
  authentication_session_id  text NOT NULL,
  shopper_id                 text NOT NULL,
  started_at                 timestamptz NOT NULL,
  forget_after               timestamptz NOT NULL,
  order_id                   text NOT NULL,
  amount                     text NOT NULL,
  currency                   text NOT NULL,
  merchant_origin            text NOT NULL,
  brand                      text NOT NULL,
  last_four                  text NOT NULL CHECK (last_four ~ '^[0-9]{4}$'),
  proof_hash                 text CHECK (proof_hash ~ '^[0-9a-f]{64}$'),
  binding_id                 text,
  authenticated_at           timestamptz,
  CHECK (num_nulls(proof_hash, binding_id, authenticated_at) IN (0, 3))
);
-- An order is approved once.
CREATE UNIQUE INDEX payment_passkey_payment_order ON payment_passkey_payment (order_id) WHERE proof_hash IS NOT NULL;
CREATE INDEX payment_passkey_payment_forget_after ON payment_passkey_payment (forget_after);

CREATE TABLE payment_passkey_card_enrolment (
  state_hash                 text PRIMARY KEY CHECK (state_hash ~ '^[0-9a-f]{64}$'),
  browser_hash               text NOT NULL CHECK (browser_hash ~ '^[0-9a-f]{64}$'),
  client_session_id          uuid NOT NULL UNIQUE,
  authentication_session_id  text NOT NULL,
  shopper_id                 text NOT NULL,
  started_at                 timestamptz NOT NULL,
  forget_after               timestamptz NOT NULL,
  brand                      text NOT NULL,
  last_four                  text NOT NULL CHECK (last_four ~ '^[0-9]{4}$'),
  credential_id              text,
  binding_id                 text,
  completed_at               timestamptz,
  CHECK (num_nulls(credential_id, binding_id, completed_at) IN (0, 3))
);
CREATE INDEX payment_passkey_card_enrolment_forget_after ON payment_passkey_card_enrolment (forget_after);
