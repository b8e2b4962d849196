CREATE TABLE sessions (
  id                uuid PRIMARY KEY,
  client_session_id uuid NOT NULL UNIQUE,
  token             text NOT NULL,
  payload           text NOT NULL,
  challenge         text,
  ceremony          text UNIQUE,
  credential        jsonb
);
CREATE TABLE bindings (
  id         uuid PRIMARY KEY,
  session_id uuid NOT NULL UNIQUE REFERENCES sessions
);
