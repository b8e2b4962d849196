CREATE TABLE clients (
  id            text PRIMARY KEY,
  name          text NOT NULL,
  consumer_key  text NOT NULL UNIQUE,
  signing_key   text NOT NULL,
  bin_ranges    text[] NOT NULL
);
CREATE TABLE nonces (
  consumer_key text NOT NULL,
  nonce        text NOT NULL,
  signed_at    timestamptz NOT NULL,
  PRIMARY KEY (consumer_key, nonce, signed_at)
);
CREATE TABLE devices (
  id          uuid PRIMARY KEY,
  cookie_hash bytea NOT NULL UNIQUE,
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE passkeys (
  id            uuid PRIMARY KEY,
  credential_id text NOT NULL UNIQUE,
  user_handle   text NOT NULL,
  public_key    bytea NOT NULL,
  counter       bigint NOT NULL,
  transports    text[] NOT NULL,
  backed_up     boolean NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  last_used_at  timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE device_passkeys (
  device_id  uuid NOT NULL REFERENCES devices,
  passkey_id uuid NOT NULL REFERENCES passkeys,
  PRIMARY KEY (device_id, passkey_id)
);
CREATE TABLE sessions (
  id                uuid PRIMARY KEY,
  client_id         text NOT NULL REFERENCES clients,
  client_session_id uuid NOT NULL,
  correlation_id    text NOT NULL,
  status            text NOT NULL DEFAULT 'created',
  expires_at        timestamptz NOT NULL,
  callback_uri      text NOT NULL,
  accounts          bytea,
  consent           jsonb NOT NULL,
  compliance        jsonb NOT NULL,
  token_hash        bytea NOT NULL,
  ceremony_hash     bytea UNIQUE,
  challenge         text,
  user_handle       text,
  passkey_id        uuid REFERENCES passkeys,
  proof_hash        bytea,
  UNIQUE (client_id, client_session_id)
);
CREATE TABLE bindings (
  id         uuid PRIMARY KEY,
  passkey_id uuid NOT NULL REFERENCES passkeys,
  client_id  text NOT NULL REFERENCES clients,
  UNIQUE (passkey_id, client_id)
);
CREATE TABLE binding_accounts (
  binding_id   uuid NOT NULL REFERENCES bindings,
  account_hash bytea NOT NULL,
  PRIMARY KEY (binding_id, account_hash)
);
CREATE INDEX binding_accounts_by_hash ON binding_accounts (account_hash);
