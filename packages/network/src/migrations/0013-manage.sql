-- migrate: compatible
-- Visits to the cardholder's own page, for five minutes each. First a row has the challenge that a passkey has to answer; then the passkey
-- that has answered it, under the hash of another cookie.
CREATE TABLE IF NOT EXISTS manage_visit (
  -- SHA-256 of the cookie.
  visit_hash bytea PRIMARY KEY,
  challenge  bytea,
  passkey_id text,
  expires_at timestamptz NOT NULL,
  CONSTRAINT manage_visit_step CHECK ((challenge IS NULL) = (passkey_id IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS manage_visit_expires_at ON manage_visit (expires_at);
