-- migrate: compatible
-- Events that the log does not have yet. The statement that makes a fact inserts its events here, one row for each client that hears of it.
-- There is no index: a row stays for about a second.
CREATE TABLE IF NOT EXISTS outbox (
  client_id    text NOT NULL,
  type         text NOT NULL,
  triggered_by text NOT NULL CHECK (triggered_by IN ('ISSUER', 'MERCHANT', 'CARDHOLDER', 'NETWORK')),
  occurred_at  timestamptz NOT NULL,
  data         jsonb NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- The last position in each client's log. A position is given once, even after its event was deleted.
CREATE TABLE IF NOT EXISTS event_log (
  client_id     text PRIMARY KEY,
  last_position bigint NOT NULL
) WITH (fillfactor = 50);

-- A client's log, for 30 days. Rows appear in the order of their positions: see domain/events/mover.ts.
CREATE TABLE IF NOT EXISTS event (
  client_id    text NOT NULL,
  position     bigint NOT NULL,
  -- `evt_`, the position in 12 hexadecimal digits, and 20 random ones: a restored backup gives a position again, but not an id.
  event_id     text NOT NULL,
  type         text NOT NULL,
  triggered_by text NOT NULL,
  occurred_at  timestamptz NOT NULL,
  data         jsonb NOT NULL,
  PRIMARY KEY (client_id, position)
);

-- The addresses in a client's registration to which events are posted.
CREATE TABLE IF NOT EXISTS webhook (
  client_id    text NOT NULL REFERENCES client ON DELETE CASCADE,
  uri          text NOT NULL,
  types        text[] NOT NULL,
  -- Since when nothing is posted there, because it answered 410 (Gone).
  disabled_at  timestamptz,
  PRIMARY KEY (client_id, uri)
);

-- An event that a webhook has not taken yet. The row is deleted when it does.
CREATE TABLE IF NOT EXISTS event_delivery (
  client_id    text NOT NULL,
  uri          text NOT NULL,
  position     bigint NOT NULL,
  attempts     integer NOT NULL DEFAULT 0,
  -- When the three days of attempts began.
  started_at   timestamptz NOT NULL,
  -- When the next attempt is due. While one is under way: when it counts as lost, because its process died.
  due_at       timestamptz NOT NULL,
  -- Since when no attempt is made any more.
  dead_at      timestamptz,
  -- Of the last attempt, such as HTTP_500 or TIMEOUT.
  failure      text,
  PRIMARY KEY (client_id, uri, position),
  FOREIGN KEY (client_id, uri) REFERENCES webhook ON DELETE CASCADE
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX IF NOT EXISTS event_delivery_due ON event_delivery (client_id, uri, due_at) WHERE dead_at IS NULL;

-- Which certificates of clients have been reported as expiring, and for which notice.
CREATE TABLE IF NOT EXISTS key_expiry_notice (
  client_id   text NOT NULL,
  fingerprint text NOT NULL,
  notice_days integer NOT NULL,
  noticed_at  timestamptz NOT NULL,
  PRIMARY KEY (client_id, fingerprint, notice_days)
);
