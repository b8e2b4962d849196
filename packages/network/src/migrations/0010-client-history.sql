-- migrate: compatible
-- Each version of a client as it was registered, for `clients history`. The version before writes none, so versions may be missing.
CREATE TABLE IF NOT EXISTS client_history (
  client_id    text NOT NULL,
  version      integer NOT NULL,
  changed_at   timestamptz NOT NULL,
  change       text NOT NULL CHECK (change IN ('ADDED', 'REPLACED', 'SUSPENDED', 'RESUMED')),
  registration jsonb NOT NULL,
  PRIMARY KEY (client_id, version)
);
