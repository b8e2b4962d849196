-- migrate: compatible
-- The tables of sandbox mode. Production has none of them.
CREATE SCHEMA IF NOT EXISTS sandbox;

-- What a session meets, as its client asked for by an e-mail address of the session's accounts. The address itself is not kept.
CREATE TABLE IF NOT EXISTS sandbox.session_outcome (
  session_id text PRIMARY KEY REFERENCES session ON DELETE CASCADE,
  step       text NOT NULL CONSTRAINT session_outcome_step CHECK (step IN ('open', 'result', 'authenticators')),
  outcome    text NOT NULL,
  -- How many calls have met it: "lost" is met once, "flaky-2" twice.
  met        integer NOT NULL DEFAULT 0
);

-- The outcomes that a Sessions call meets, where they are counted. There is no session yet, so they are counted for the client.
CREATE TABLE IF NOT EXISTS sandbox.client_outcome (
  client_id text NOT NULL REFERENCES client ON DELETE CASCADE,
  outcome   text NOT NULL,
  met       integer NOT NULL DEFAULT 0,
  PRIMARY KEY (client_id, outcome)
);
