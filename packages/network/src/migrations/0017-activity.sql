-- migrate: compatible
-- How far an ended session came, for the mover to count. Not a part of the event. Null for all other events.
ALTER TABLE outbox ADD COLUMN IF NOT EXISTS activity jsonb;

-- Ended sessions, by the time at which they were started. Each session is counted once in a bucket of each length.
CREATE TABLE IF NOT EXISTS activity (
  bucket_seconds integer NOT NULL CHECK (bucket_seconds IN (300, 3600, 86400)),
  starts_at      timestamptz NOT NULL,
  client_id      text NOT NULL,
  kind           text NOT NULL CHECK (kind IN ('ENROLMENT', 'PAYMENT')),
  browser_family text NOT NULL,
  -- How many came at least so far.
  started        integer NOT NULL,
  opened         integer NOT NULL,
  ceremony       integer NOT NULL,
  result         integer NOT NULL,
  -- How many ended so: FAILED, UNBOUND and so on of the console's overview. A payment that was answered with STEP_UP is in stepped_up alone.
  succeeded      integer NOT NULL,
  cancelled      integer NOT NULL,
  failed         integer NOT NULL,
  unbound        integer NOT NULL,
  expired        integer NOT NULL,
  superseded     integer NOT NULL,
  stepped_up     integer NOT NULL,
  -- A histogram of the seconds from the start to the verified result: at most so many, and more than the number before.
  within_5       integer NOT NULL,
  within_10      integer NOT NULL,
  within_15      integer NOT NULL,
  within_20      integer NOT NULL,
  within_30      integer NOT NULL,
  within_45      integer NOT NULL,
  within_60      integer NOT NULL,
  within_90      integer NOT NULL,
  within_120     integer NOT NULL,
  within_180     integer NOT NULL,
  within_300     integer NOT NULL,
  within_900     integer NOT NULL,
  PRIMARY KEY (bucket_seconds, starts_at, client_id, kind, browser_family)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- The reasons of the cancelled and failed ones.
CREATE TABLE IF NOT EXISTS activity_reason (
  bucket_seconds integer NOT NULL CHECK (bucket_seconds IN (300, 3600, 86400)),
  starts_at      timestamptz NOT NULL,
  client_id      text NOT NULL,
  kind           text NOT NULL CHECK (kind IN ('ENROLMENT', 'PAYMENT')),
  browser_family text NOT NULL,
  reason         text NOT NULL,
  sessions       integer NOT NULL,
  PRIMARY KEY (bucket_seconds, starts_at, client_id, kind, browser_family, reason)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
