-- Payment passkeys: which events of the network were handled, and how far they were read. Ids only, nothing of a cardholder.
CREATE TABLE IF NOT EXISTS payment_passkey_event (
  event_id      text PRIMARY KEY,
  forget_after  timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS payment_passkey_event_forget_after ON payment_passkey_event (forget_after);

CREATE TABLE IF NOT EXISTS payment_passkey_event_cursor (
  client_id  text PRIMARY KEY,
  event_id   text NOT NULL,
  read_at    timestamptz NOT NULL
);
