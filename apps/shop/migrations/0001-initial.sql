-- The shop's own records. There is no card number in any of them.

CREATE TABLE shop_shopper (
  shopper_id     uuid PRIMARY KEY,
  username       text NOT NULL UNIQUE CHECK (username = lower(username)),
  password_hash  text NOT NULL,
  display_name   text NOT NULL
);

-- Of a session only the SHA-256 of its cookie, lower-case hex.
CREATE TABLE shop_session (
  token_hash    text PRIMARY KEY,
  shopper_id    uuid NOT NULL REFERENCES shop_shopper,
  signed_in_at  timestamptz NOT NULL,
  last_seen_at  timestamptz NOT NULL
);
CREATE INDEX shop_session_last_seen_at ON shop_session (last_seen_at);

-- Keys are SHA-256 of what is counted: a username, an address, both.
CREATE TABLE shop_sign_in_attempt (
  key_hash           text PRIMARY KEY,
  window_started_at  timestamptz NOT NULL,
  attempts           integer NOT NULL
);
CREATE INDEX shop_sign_in_attempt_window ON shop_sign_in_attempt (window_started_at);

CREATE TABLE shop_order (
  order_id    text PRIMARY KEY,
  shopper_id  uuid NOT NULL REFERENCES shop_shopper,
  lines       jsonb NOT NULL,
  amount      text NOT NULL,
  currency    text NOT NULL,
  placed_at   timestamptz NOT NULL,
  -- Whether the card that is paid with next is to be saved: the shopper's wish, on its way to the network and back.
  saves_card  boolean NOT NULL DEFAULT false,
  -- Of the card that it was paid with.
  brand       text,
  last_four   text CHECK (last_four ~ '^[0-9]{4}$'),
  paid_at     timestamptz,
  CHECK (num_nulls(brand, last_four, paid_at) IN (0, 3))
);
CREATE INDEX shop_order_shopper ON shop_order (shopper_id, placed_at);

-- The network's id for a card at this shop, and what a person tells their cards apart by.
CREATE TABLE shop_saved_card (
  shopper_id  uuid NOT NULL REFERENCES shop_shopper,
  binding_id  text NOT NULL,
  brand       text NOT NULL,
  last_four   text NOT NULL CHECK (last_four ~ '^[0-9]{4}$'),
  saved_at    timestamptz NOT NULL,
  PRIMARY KEY (shopper_id, binding_id)
);
