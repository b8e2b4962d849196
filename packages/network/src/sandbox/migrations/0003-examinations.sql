-- migrate: compatible
CREATE SCHEMA IF NOT EXISTS sandbox;

-- An examination of a client. `faults` is what was seen beside the rows.
CREATE TABLE IF NOT EXISTS sandbox.examination (
  examination_id text PRIMARY KEY,
  client_id      text NOT NULL REFERENCES client ON DELETE CASCADE,
  role           text NOT NULL CONSTRAINT examination_role CHECK (role IN ('ISSUER', 'MERCHANT')),
  started_at     timestamptz NOT NULL,
  ended_at       timestamptz,
  faults         jsonb NOT NULL DEFAULT '[]'
);

CREATE UNIQUE INDEX IF NOT EXISTS examination_running ON sandbox.examination (client_id) WHERE ended_at IS NULL;
CREATE INDEX IF NOT EXISTS examination_newest ON sandbox.examination (client_id, started_at);

-- A row of it. `session_id` is the session that met the row; the session itself may be deleted before. `observed` is what was recorded: no
-- account, id, proof or token.
CREATE TABLE IF NOT EXISTS sandbox.examination_row (
  examination_id text NOT NULL REFERENCES sandbox.examination ON DELETE CASCADE,
  position       integer NOT NULL,
  row_id         text NOT NULL,
  session_id     text,
  observed       jsonb NOT NULL DEFAULT '[]',
  PRIMARY KEY (examination_id, position)
);

CREATE UNIQUE INDEX IF NOT EXISTS examination_row_session ON sandbox.examination_row (session_id) WHERE session_id IS NOT NULL;
