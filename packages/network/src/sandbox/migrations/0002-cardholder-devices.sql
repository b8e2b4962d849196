-- The devices of the cardholder without a browser: cookies and passkeys, with their private keys, sealed by the key of the accounts.
CREATE TABLE sandbox.cardholder_device (
  name text PRIMARY KEY,
  state bytea NOT NULL,
  used_at timestamptz NOT NULL
);
CREATE INDEX cardholder_device_used ON sandbox.cardholder_device (used_at DESC, name);
