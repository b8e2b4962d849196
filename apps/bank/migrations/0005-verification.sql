-- Cardholders on their way to confirm a card that they are adding at a shop. Of the browser's cookie and of the code only SHA-256,
-- lower-case hex; the network's request as it came, with the card number encrypted in it.
CREATE TABLE bank_verification (
  token_hash   text PRIMARY KEY,
  request      text NOT NULL,
  started_at   timestamptz NOT NULL,
  customer_id  uuid REFERENCES bank_customer,
  code_hash    text,
  codes_sent   integer NOT NULL DEFAULT 0,
  attempts     integer NOT NULL DEFAULT 0,
  answered_at  timestamptz
);
CREATE INDEX bank_verification_started_at ON bank_verification (started_at);
