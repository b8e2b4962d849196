-- Merchants: where their shops are and what they are called. Issuers: how they confirm a cardholder who makes a passkey at a shop.
ALTER TABLE client
  ADD COLUMN merchant_origins text[] NOT NULL DEFAULT '{}',
  ADD COLUMN merchant_names   text[] NOT NULL DEFAULT '{}',
  -- { uri, signingKey, encryptionKey }
  ADD COLUMN verification     jsonb;

-- Whether the network may offer the passkey for Secure Payment Confirmation: until the cardholder opts out.
ALTER TABLE passkey ADD COLUMN payment_confirmation boolean NOT NULL DEFAULT true;

-- A merchant's binding is of one card, because its id stands for the card at the shop; an issuer's (no card_index) is of all accounts.
ALTER TABLE binding
  ADD COLUMN card_index     bytea NOT NULL DEFAULT '',
  ADD COLUMN card_last_four text,
  ADD COLUMN issuer_id      text REFERENCES client,
  DROP CONSTRAINT binding_passkey_id_client_id_key,
  ADD CONSTRAINT binding_of_card UNIQUE (passkey_id, client_id, card_index);

-- The states of a merchant's session: the issuer is asked (verifying), has confirmed (verified), a passkey was made and bound on the way to
-- a payment (registered), the payment is approved; another session of the order took its place (superseded).
ALTER TABLE session
  DROP CONSTRAINT session_state_check,
  DROP CONSTRAINT session_check,
  DROP CONSTRAINT session_check2,
  ALTER COLUMN verification DROP NOT NULL,
  ALTER COLUMN consent DROP NOT NULL,
  ADD COLUMN next_step              text CHECK (next_step IN ('AUTHENTICATE', 'REGISTER', 'STEP_UP')),
  -- Of a payment: { merchantName, merchantOrigin, orderId, amount, currency }, and what makes its order one.
  ADD COLUMN payment                jsonb,
  ADD COLUMN order_key              text,
  -- The one card of a merchant's session, as a keyed hash and by its last digits; the binding that stands for it at the merchant.
  ADD COLUMN card_index             bytea,
  ADD COLUMN card_last_four         text,
  ADD COLUMN binding_id             text,
  -- Who issues the card, and what was asked of them last (the request's jti).
  ADD COLUMN issuer_id              text REFERENCES client,
  ADD COLUMN verification_id        text UNIQUE,
  ADD COLUMN verified_at            timestamptz,
  -- Secure Payment Confirmation: what was handed out for it.
  ADD COLUMN confirmation_challenge bytea,
  ADD COLUMN confirmation_passkeys  text[],
  ADD CONSTRAINT session_state CHECK (state IN ('created', 'opened', 'verifying', 'verified', 'registered', 'enrolled', 'approved', 'bound',
                                                'cancelled', 'failed', 'superseded', 'expired')),
  ADD CONSTRAINT session_accounts CHECK (accounts IS NULL OR state IN ('created', 'opened', 'verifying', 'verified', 'registered', 'enrolled')),
  ADD CONSTRAINT session_proven CHECK (state NOT IN ('enrolled', 'approved', 'bound') OR proof_hash IS NOT NULL),
  ADD CONSTRAINT session_payment CHECK ((payment IS NULL) = (order_key IS NULL));

-- An order has one session that is open or approved, and so never two that are approved.
CREATE UNIQUE INDEX session_order ON session (client_id, order_key)
  WHERE order_key IS NOT NULL AND state IN ('created', 'opened', 'verifying', 'verified', 'registered', 'approved');

DROP INDEX session_unfinished;
CREATE INDEX session_unfinished ON session (coalesce(proof_expires_at, expires_at))
  WHERE state IN ('created', 'opened', 'verifying', 'verified', 'registered', 'enrolled');

-- Consents taken on the hosted page: what was shown, and when it was agreed to. Only ever added to.
CREATE TABLE consent_record (
  session_id  text NOT NULL REFERENCES session,
  accepted_at timestamptz NOT NULL,
  client_id   text NOT NULL REFERENCES client,
  language    text NOT NULL,
  -- The sentence above the button, as it was read.
  statement   text NOT NULL,
  -- Type, address, version and date of each document that it names.
  documents   jsonb NOT NULL,
  PRIMARY KEY (session_id, accepted_at)
);
