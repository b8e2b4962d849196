-- migrate: compatible, concurrently
-- What a full database has to be spared; what was measured is in docs/decisions/0045 and 0046.

-- An issuer's session asks no issuer, and its null need not stand in an index after each of its changes.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS session_verification ON session (verification_id) WHERE verification_id IS NOT NULL;

-- A foreign key locks the row that it leads to: every session and every binding of a client locked that client's one row, and two at once
-- made a MultiXact. A client is suspended, never deleted; the trigger below keeps it so. A passkey outlives the sessions that name it.
ALTER TABLE session
  DROP CONSTRAINT IF EXISTS session_verification_id_key,
  DROP CONSTRAINT IF EXISTS session_client_id_fkey,
  DROP CONSTRAINT IF EXISTS session_issuer_id_fkey,
  DROP CONSTRAINT IF EXISTS session_passkey_id_fkey;
ALTER TABLE binding
  DROP CONSTRAINT IF EXISTS binding_client_id_fkey,
  DROP CONSTRAINT IF EXISTS binding_issuer_id_fkey;
ALTER TABLE consent_record DROP CONSTRAINT IF EXISTS consent_record_client_id_fkey;
CREATE OR REPLACE FUNCTION refuse_to_forget_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM session WHERE OLD.client_id IN (client_id, issuer_id))
    OR EXISTS (SELECT FROM binding WHERE OLD.client_id IN (client_id, issuer_id)) THEN
    RAISE EXCEPTION 'a client that sessions or bindings name is suspended, not deleted' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE OR REPLACE TRIGGER client_is_named BEFORE DELETE ON client FOR EACH ROW EXECUTE FUNCTION refuse_to_forget_client();

-- Retention reads a table page by page and needs no index of its own: ranges of a BRIN index never narrow again, and each of them holds a
-- row that was used today. What a key has sealed is found among the open sessions (session_unfinished).
DROP INDEX CONCURRENTLY IF EXISTS session_passkey;
DROP INDEX CONCURRENTLY IF EXISTS session_sealed_by;
DROP INDEX CONCURRENTLY IF EXISTS session_created_at;
DROP INDEX CONCURRENTLY IF EXISTS device_last_used_at;
DROP INDEX CONCURRENTLY IF EXISTS passkey_last_used_at;

-- How far retention has come in each table, and who is at it.
CREATE TABLE IF NOT EXISTS retention (
  subject    text PRIMARY KEY CHECK (subject IN ('session', 'device', 'passkey')),
  -- The page of the table that is next; 0 between two passes.
  next_page  bigint NOT NULL DEFAULT 0,
  -- Of the last pass that came to its end.
  ended_at   timestamptz,
  holder     text,
  held_until timestamptz
) WITH (fillfactor = 50);
INSERT INTO retention (subject) VALUES ('session'), ('device'), ('passkey') ON CONFLICT DO NOTHING;

-- The default is to clear up after a fifth of a table has died: of a hundred million sessions that would be twenty million.
ALTER TABLE session SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE request_nonce SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0);
-- Each use rewrites the row: with room in its page, no index is touched.
ALTER TABLE passkey SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE device SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
