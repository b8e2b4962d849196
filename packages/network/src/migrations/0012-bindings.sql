-- migrate: compatible
-- Who has suspended a binding, and when a payment was last approved with it. The version before knows neither: until its last process has
-- ended, it still approves payments with a suspended binding.
ALTER TABLE binding
  ADD COLUMN IF NOT EXISTS suspended_by text[] NOT NULL DEFAULT '{}',
  ADD COLUMN IF NOT EXISTS last_used_at timestamptz;
ALTER TABLE binding DROP CONSTRAINT IF EXISTS binding_suspended_by;
ALTER TABLE binding ADD CONSTRAINT binding_suspended_by
  CHECK (suspended_by <@ ARRAY['ISSUER', 'MERCHANT', 'CARDHOLDER', 'NETWORK']) NOT VALID;
-- Each payment writes its binding anew: with room in the page, no index is touched.
ALTER TABLE binding SET (fillfactor = 85);

-- What is kept of a deleted binding for 13 months, so that the same call again gets the same answer. It has no account index.
CREATE TABLE IF NOT EXISTS deleted_binding (
  binding_id    text PRIMARY KEY,
  passkey_id    text NOT NULL,
  client_id     text NOT NULL,
  issuer_id     text,
  last_four     text,
  account_kinds text[] NOT NULL,
  suspended_by  text[] NOT NULL,
  created_at    timestamptz NOT NULL,
  last_used_at  timestamptz,
  deleted_at    timestamptz NOT NULL,
  deleted_by    text NOT NULL CHECK (deleted_by IN ('ISSUER', 'MERCHANT', 'CARDHOLDER', 'NETWORK')),
  reason_code   text NOT NULL,
  -- Of a deletion by account: a hash of who asked for which account, by which the same call is recognised (decision 88).
  request_hash  bytea
);
CREATE INDEX IF NOT EXISTS deleted_binding_passkey ON deleted_binding (passkey_id);
CREATE INDEX IF NOT EXISTS deleted_binding_request ON deleted_binding (request_hash) WHERE request_hash IS NOT NULL;

-- Replaced cards, so that the same call again gets the same number. The hash is of the issuer and both cards' account indexes.
CREATE TABLE IF NOT EXISTS account_replacement (
  request_hash bytea PRIMARY KEY,
  client_id    text NOT NULL,
  bindings     integer NOT NULL,
  replaced_at  timestamptz NOT NULL
);

ALTER TABLE retention DROP CONSTRAINT IF EXISTS retention_subject_check;
ALTER TABLE retention ADD CONSTRAINT retention_subject_check
  CHECK (subject IN ('session', 'device', 'passkey', 'deleted_binding', 'account_replacement')) NOT VALID;
INSERT INTO retention (subject) VALUES ('deleted_binding'), ('account_replacement') ON CONFLICT DO NOTHING;
