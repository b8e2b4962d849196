-- migrate: compatible, concurrently
-- What happened to a session: an array of steps, appended by the statements that change it (domain/timeline). No account, token or cookie is in it.
-- The version before appends nothing.
ALTER TABLE session
  ADD COLUMN IF NOT EXISTS timeline jsonb NOT NULL DEFAULT '[]',
  -- How many steps were dropped because there were too many; null if none.
  ADD COLUMN IF NOT EXISTS steps_dropped integer,
  -- Such as `Chrome mobile`, from the opening on. The User-Agent itself is not stored.
  ADD COLUMN IF NOT EXISTS browser_family text;

-- Which sessions an account typed in at the console was part of. A merchant's card is not here but in session.card_index. A row is deleted after
-- its session; there is no foreign key, because it would lock the session's row.
CREATE TABLE IF NOT EXISTS session_account (
  -- The first eight bytes of the keyed hash that binding_account has in full.
  account_index bytea NOT NULL,
  session_id    text NOT NULL
);
CREATE INDEX IF NOT EXISTS session_account_index ON session_account (account_index);

-- The console's searches. A session changes three times until it ends, and each change would write an entry into each index. So only ended sessions
-- have entries, one in each; the others are few, and session_unfinished finds them (decision 102).
CREATE INDEX CONCURRENTLY IF NOT EXISTS session_ended ON session (created_at) WHERE ended_at IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS session_ended_client ON session (client_id, created_at) WHERE ended_at IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS session_ended_reason ON session (end_reason, created_at) WHERE end_reason IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS session_ended_correlation ON session (src_correlation_id) WHERE ended_at IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS session_ended_passkey ON session (passkey_id) WHERE passkey_id IS NOT NULL AND ended_at IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS session_ended_order ON session ((payment ->> 'orderId')) WHERE payment IS NOT NULL AND ended_at IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS session_ended_trace ON session (substr(trace_context, 4, 32)) WHERE trace_context IS NOT NULL AND ended_at IS NOT NULL;

ALTER TABLE retention DROP CONSTRAINT IF EXISTS retention_subject_check;
ALTER TABLE retention ADD CONSTRAINT retention_subject_check
  CHECK (subject IN ('session', 'device', 'passkey', 'deleted_binding', 'account_replacement', 'session_account')) NOT VALID;
INSERT INTO retention (subject) VALUES ('session_account') ON CONFLICT DO NOTHING;
