-- The bank's own records. bank_card is the only place where card numbers are.

CREATE TABLE bank_customer (
  customer_id          uuid PRIMARY KEY,
  username             text NOT NULL UNIQUE CHECK (username = lower(username)),
  password_hash        text NOT NULL,
  display_name         text NOT NULL,
  email_address        text NOT NULL,
  mobile_country_code  text NOT NULL,
  mobile_number        text NOT NULL
);

CREATE TABLE bank_card (
  customer_id       uuid NOT NULL REFERENCES bank_customer,
  position          smallint NOT NULL,
  product           text NOT NULL,
  pan               text NOT NULL,
  expiration_month  text NOT NULL CHECK (expiration_month ~ '^(0[1-9]|1[0-2])$'),
  expiration_year   text NOT NULL CHECK (expiration_year ~ '^20[0-9]{2}$'),
  PRIMARY KEY (customer_id, position)
);

-- Of a session only the SHA-256 of its cookie, lower-case hex.
CREATE TABLE bank_session (
  token_hash    text PRIMARY KEY,
  customer_id   uuid NOT NULL REFERENCES bank_customer,
  signed_in_at  timestamptz NOT NULL,
  last_seen_at  timestamptz NOT NULL
);
CREATE INDEX bank_session_last_seen_at ON bank_session (last_seen_at);

-- Keys are SHA-256 of what is counted: a username, an address, both.
CREATE TABLE bank_sign_in_attempt (
  key_hash           text PRIMARY KEY,
  window_started_at  timestamptz NOT NULL,
  attempts           integer NOT NULL
);
CREATE INDEX bank_sign_in_attempt_window ON bank_sign_in_attempt (window_started_at);

-- What a customer agreed to, and for which accounts (masked), each time they set out to make a passkey.
CREATE TABLE bank_enrolment (
  client_session_id     uuid PRIMARY KEY,
  customer_id           uuid NOT NULL REFERENCES bank_customer,
  accounts              jsonb NOT NULL,
  country               text NOT NULL,
  language              text NOT NULL,
  compliance_resources  jsonb NOT NULL,
  accepted_at           timestamptz NOT NULL,
  credential_id         text
);

CREATE TABLE bank_payment_passkey (
  credential_id  text PRIMARY KEY,
  binding_id     text NOT NULL,
  customer_id    uuid NOT NULL REFERENCES bank_customer,
  accounts       jsonb NOT NULL,
  created_at     timestamptz NOT NULL
);
CREATE INDEX bank_payment_passkey_customer ON bank_payment_passkey (customer_id, created_at);
