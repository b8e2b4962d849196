-- migrate: compatible, concurrently
-- A binding that was made at a shop may wait until the card's issuer activates it. The version before knows no such binding: until its last process
-- has ended, it makes bindings that are active at once, and approves payments with those that wait.
ALTER TABLE client ADD COLUMN IF NOT EXISTS activation text NOT NULL DEFAULT 'AT_ONCE';
ALTER TABLE client DROP CONSTRAINT IF EXISTS client_activation;
ALTER TABLE client ADD CONSTRAINT client_activation CHECK (activation IN ('AT_ONCE', 'BY_ISSUER')) NOT VALID;
ALTER TABLE binding ADD COLUMN IF NOT EXISTS pending_activation boolean NOT NULL DEFAULT false;
