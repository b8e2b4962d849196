-- migrate: compatible
-- The tables of sandbox mode. Production has none of them.
CREATE SCHEMA IF NOT EXISTS sandbox;

-- What a session meets, and at which step, as an e-mail address of its accounts has asked for. The address itself is not stored.
CREATE TABLE IF NOT EXISTS sandbox.session_outcome (
  session_id text NOT NULL REFERENCES session ON DELETE CASCADE,
  step       text NOT NULL CONSTRAINT session_outcome_step CHECK (step IN ('open', 'result', 'authenticators')),
  outcome    text NOT NULL,
  -- How many calls have met it, where that is counted: "lost" is met once, "flaky-2" twice.
  met        integer NOT NULL DEFAULT 0,
  PRIMARY KEY (session_id, step)
);

-- The outcomes of Sessions calls that are counted. Such a call has no session yet, so they are counted for its client.
CREATE TABLE IF NOT EXISTS sandbox.client_outcome (
  client_id text NOT NULL REFERENCES client ON DELETE CASCADE,
  outcome   text NOT NULL,
  met       integer NOT NULL,
  PRIMARY KEY (client_id, outcome)
);
