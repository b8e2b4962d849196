-- migrate: compatible
-- A client may use OAuth 2.0 beside OAuth 1.0a, or in its place: then it has no consumer key and no signing keys.
ALTER TABLE client ADD COLUMN assertion_keys text[] NOT NULL DEFAULT '{}';
ALTER TABLE client ALTER COLUMN consumer_key DROP NOT NULL;
ALTER TABLE client DROP CONSTRAINT client_signing_keys_check;
ALTER TABLE client ADD CONSTRAINT client_keys CHECK (
  cardinality(signing_keys) <= 2 AND cardinality(assertion_keys) <= 2
  AND (consumer_key IS NULL) = (cardinality(signing_keys) = 0)
  AND cardinality(signing_keys) + cardinality(assertion_keys) >= 1
) NOT VALID;
