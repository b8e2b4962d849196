-- Onboarded issuers and merchants.
CREATE TABLE client (
  client_id        text PRIMARY KEY,
  name             text NOT NULL,
  role             text NOT NULL CHECK (role IN ('issuer', 'merchant')),
  consumer_key     text NOT NULL UNIQUE,
  signing_keys     text[] NOT NULL CHECK (cardinality(signing_keys) BETWEEN 1 AND 2),
  callback_domains text[] NOT NULL,
  callback_schemes text[] NOT NULL,
  countries        text[] NOT NULL,
  suspended_at     timestamptz,
  updated_at       timestamptz NOT NULL
);

-- Leading digits of the PANs that a client issues. That ranges of different clients do not overlap is checked under a lock.
CREATE TABLE client_account_range (
  prefix    text PRIMARY KEY CHECK (prefix ~ '^[0-9]{4,12}$'),
  client_id text NOT NULL REFERENCES client ON DELETE CASCADE
);
CREATE INDEX client_account_range_client ON client_account_range (client_id);

-- Nonces of signed requests, for as long as their timestamps are acceptable.
CREATE TABLE request_nonce (
  consumer_key text NOT NULL,
  signed_at    timestamptz NOT NULL,
  nonce        text NOT NULL,
  PRIMARY KEY (consumer_key, signed_at, nonce)
);
CREATE INDEX request_nonce_signed_at ON request_nonce (signed_at);

-- A browser that made or used a passkey here, known by the hash of its cookie. device_id is the proof's appInstanceId.
CREATE TABLE device (
  device_id    text PRIMARY KEY,
  cookie_hash  bytea NOT NULL UNIQUE,
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL
);

-- A WebAuthn credential. passkey_id is the network's own opaque id, the Authenticators API's credentialId.
CREATE TABLE passkey (
  passkey_id            text PRIMARY KEY,
  webauthn_id           bytea NOT NULL UNIQUE,
  user_handle           bytea NOT NULL UNIQUE,
  public_key            bytea NOT NULL,
  algorithm             integer NOT NULL,
  sign_count            bigint NOT NULL,
  counter_regressions   integer NOT NULL DEFAULT 0,
  aaguid                uuid NOT NULL,
  attestation_format    text NOT NULL,
  attestation_trusted   boolean NOT NULL,
  backup_eligible       boolean NOT NULL,
  backed_up             boolean NOT NULL,
  transports            text[] NOT NULL,
  status                text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'deleted')),
  created_at            timestamptz NOT NULL,
  last_used_at          timestamptz NOT NULL
);

-- Which passkeys a device has. instance_id is the proof's dasAuthenticatorInstanceId.
CREATE TABLE device_passkey (
  device_id   text NOT NULL REFERENCES device ON DELETE CASCADE,
  passkey_id  text NOT NULL REFERENCES passkey ON DELETE CASCADE,
  instance_id text NOT NULL UNIQUE,
  attached_at timestamptz NOT NULL,
  PRIMARY KEY (device_id, passkey_id)
);
CREATE INDEX device_passkey_passkey ON device_passkey (passkey_id);

-- A passkey of a client's cardholder: one for each passkey and client.
CREATE TABLE binding (
  binding_id text PRIMARY KEY,
  passkey_id text NOT NULL REFERENCES passkey ON DELETE CASCADE,
  client_id  text NOT NULL REFERENCES client,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (passkey_id, client_id)
);

-- The account references of a binding, as keyed hashes only.
CREATE TABLE binding_account (
  binding_id    text NOT NULL REFERENCES binding ON DELETE CASCADE,
  account_index bytea NOT NULL,
  key_version   integer NOT NULL,
  kind          text NOT NULL CHECK (kind IN ('CARD', 'EMAIL', 'MOBILE')),
  added_at      timestamptz NOT NULL,
  PRIMARY KEY (binding_id, account_index)
);
CREATE INDEX binding_account_index ON binding_account (account_index);

CREATE TABLE session (
  session_id         text PRIMARY KEY,
  client_id          text NOT NULL REFERENCES client,
  client_session_id  text NOT NULL,
  src_correlation_id text NOT NULL,
  reason             text NOT NULL,
  state              text NOT NULL
                     CHECK (state IN ('created', 'opened', 'enrolled', 'bound', 'cancelled', 'failed', 'expired')),
  created_at         timestamptz NOT NULL,
  expires_at         timestamptz NOT NULL,
  callback_uri       text,
  locale             text,
  verification       jsonb NOT NULL,
  consent            jsonb NOT NULL,
  compliance         jsonb,
  -- The account references, encrypted; gone when the session is bound or over.
  accounts           bytea,
  token_hash         bytea NOT NULL,
  -- Set by opening.
  ceremony_hash      bytea UNIQUE,
  return_to          text,
  challenge          bytea,
  user_handle        bytea,
  -- Set by the ceremony's result.
  credential_hash    bytea,
  passkey_id         text REFERENCES passkey ON DELETE SET NULL,
  device_id          text,
  completed_at       timestamptz,
  proof_key_id       text,
  proof_hash         bytea,
  proof_expires_at   timestamptz,
  -- Set by the end, whichever it was.
  ended_at           timestamptz,
  end_reason         text,
  CHECK (accounts IS NULL OR state IN ('created', 'opened', 'enrolled')),
  CHECK ((state IN ('cancelled', 'failed')) = (end_reason IS NOT NULL)),
  CHECK (state NOT IN ('enrolled', 'bound') OR proof_hash IS NOT NULL)
);
CREATE UNIQUE INDEX session_client_session_id ON session (client_id, lower(client_session_id));
-- What expiry looks for: the sessions that still hold account references, by when they end.
CREATE INDEX session_unfinished ON session (coalesce(proof_expires_at, expires_at))
  WHERE state IN ('created', 'opened', 'enrolled');
