-- The tables that a site has for its sign-in, as the bank's and the shop's have them.

CREATE TABLE site_user (
  user_id        uuid PRIMARY KEY,
  username       text NOT NULL UNIQUE,
  password_hash  text NOT NULL,
  display_name   text NOT NULL
);

CREATE TABLE site_session (
  token_hash    text PRIMARY KEY,
  user_id       uuid NOT NULL REFERENCES site_user,
  signed_in_at  timestamptz NOT NULL,
  last_seen_at  timestamptz NOT NULL
);

CREATE TABLE site_sign_in_attempt (
  key_hash           text PRIMARY KEY,
  window_started_at  timestamptz NOT NULL,
  attempts           integer NOT NULL
);
