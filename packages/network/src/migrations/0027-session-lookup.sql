-- migrate: compatible, concurrently
-- Two indexes of `session` were taken for lookups that they are not for. In a young database, before the first ANALYZE, the one that began with
-- the client was used to find a session by its id: every session of the client was read. After an ANALYZE in a quiet moment the one of sessions
-- that have not ended was: its condition followed from the state that a statement asks for. Now a statement has to ask for `ended_at`.
-- The version before still works, but it reads the whole table to find sessions that expire.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS session_of_client ON session (lower(client_session_id), client_id);
DROP INDEX CONCURRENTLY IF EXISTS session_client_session_id;
CREATE INDEX CONCURRENTLY IF NOT EXISTS session_expiry ON session (coalesce(proof_expires_at, expires_at)) WHERE ended_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS session_unfinished;
ALTER TABLE session DROP CONSTRAINT IF EXISTS session_ended_at;
ALTER TABLE session ADD CONSTRAINT session_ended_at
  CHECK ((ended_at IS NULL) = (state IN ('created', 'opened', 'verifying', 'verified', 'registered', 'enrolled'))) NOT VALID;
