-- migrate: compatible
-- The audit trail: see docs/audit-trail.md. A change writes its entry to audit_pending, in the same statement or transaction. The chainer moves
-- it to audit_entry, where it has a position and the hash of the entry before. The version before writes no entries.
CREATE TABLE IF NOT EXISTS audit_pending (
  entry_id     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- Decides between two entries of the same time.
  arrival      bigint GENERATED ALWAYS AS IDENTITY,
  at           timestamptz NOT NULL,
  actor        jsonb NOT NULL,
  action       text NOT NULL,
  subject_kind text NOT NULL,
  subject_id   text NOT NULL,
  on_behalf_of jsonb,
  before       jsonb,
  after        jsonb
);

-- The chain. Positions have no gaps. The columns between entry_id and line repeat what the line says, for searches.
CREATE TABLE IF NOT EXISTS audit_entry (
  position     bigint PRIMARY KEY,
  entry_id     uuid NOT NULL UNIQUE,
  at           timestamptz NOT NULL,
  actor_kind   text NOT NULL,
  actor_id     text NOT NULL,
  action       text NOT NULL,
  subject_kind text NOT NULL,
  subject_id   text NOT NULL,
  -- The entry as JSON, exactly as it was hashed. It contains the hash of the line before.
  line         text NOT NULL,
  -- SHA-256 of the line.
  hash         bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS audit_entry_at ON audit_entry (at);
CREATE INDEX IF NOT EXISTS audit_entry_actor ON audit_entry (actor_id, position);
CREATE INDEX IF NOT EXISTS audit_entry_action ON audit_entry (action, position);
CREATE INDEX IF NOT EXISTS audit_entry_subject ON audit_entry (subject_id, position);

-- Signed heads: the position and the hash of the last entry, once a day. Position 0 is the empty chain.
CREATE TABLE IF NOT EXISTS audit_head (
  head_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  position    bigint NOT NULL,
  hash        bytea NOT NULL,
  signed_at   timestamptz NOT NULL,
  -- The head as a compact JWS by the proof key.
  jws         text NOT NULL,
  -- By the clock of the database: a process with a wrong clock does not make a head older.
  recorded_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS audit_head_position ON audit_head (position);

CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The audit trail is append-only: % of % is refused.', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

-- A pending entry can be deleted when the chain holds it.
CREATE OR REPLACE FUNCTION audit_pending_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pending WHERE NOT EXISTS (SELECT FROM audit_entry WHERE audit_entry.entry_id = pending.entry_id)) THEN
    RAISE EXCEPTION 'The audit trail is append-only: an entry that is not in the chain cannot be deleted.' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;

-- An entry follows the last one: the next position, with its hash of its line.
CREATE OR REPLACE FUNCTION audit_entry_added() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last bigint;
BEGIN
  SELECT greatest((SELECT max(position) FROM audit_entry), (SELECT max(position) FROM audit_head), 0) INTO last;
  IF NEW.position <> last + 1 OR NEW.hash <> sha256(convert_to(NEW.line, 'UTF8')) THEN
    RAISE EXCEPTION 'The audit trail is append-only: an entry has to follow position %.', last USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

-- Retention: entries are deleted from the beginning to a head that was signed 24 months ago.
CREATE OR REPLACE FUNCTION audit_entry_cut() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last bigint;
BEGIN
  SELECT max(position) FROM cut INTO last;
  IF last IS NOT NULL AND (
    EXISTS (SELECT FROM audit_entry WHERE position <= last)
    OR NOT EXISTS (SELECT FROM audit_head WHERE position = last AND recorded_at < clock_timestamp() - interval '24 months')
  ) THEN
    RAISE EXCEPTION 'The audit trail is append-only: it can be cut only at a head that was signed 24 months ago.'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;

-- A head is the position and hash of the last entry, at the time at which it is stored.
CREATE OR REPLACE FUNCTION audit_head_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT (EXISTS (SELECT FROM audit_entry WHERE position = NEW.position AND hash = NEW.hash)
          OR EXISTS (SELECT FROM audit_head WHERE position = NEW.position AND hash = NEW.hash)
          OR (NEW.position = 0 AND NEW.hash = decode(repeat('00', 32), 'hex'))) THEN
    RAISE EXCEPTION 'The audit trail is append-only: a head has to be that of an entry.' USING ERRCODE = 'insufficient_privilege';
  END IF;
  NEW.recorded_at := clock_timestamp();
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER audit_pending_kept BEFORE UPDATE OR TRUNCATE ON audit_pending FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE OR REPLACE TRIGGER audit_pending_deleted AFTER DELETE ON audit_pending REFERENCING OLD TABLE AS pending
  FOR EACH STATEMENT EXECUTE FUNCTION audit_pending_deleted();
CREATE OR REPLACE TRIGGER audit_entry_kept BEFORE UPDATE OR TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE OR REPLACE TRIGGER audit_entry_added BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_added();
CREATE OR REPLACE TRIGGER audit_entry_cut AFTER DELETE ON audit_entry REFERENCING OLD TABLE AS cut
  FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_cut();
CREATE OR REPLACE TRIGGER audit_head_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE OR REPLACE TRIGGER audit_head_added BEFORE INSERT ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_head_added();
