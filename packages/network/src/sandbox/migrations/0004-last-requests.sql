-- migrate: compatible
-- The last requests of each client, as the console's sandbox screen shows them. No value of a request is in `record`.
CREATE TABLE IF NOT EXISTS sandbox.recorded_request (
  position  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  client_id text NOT NULL,
  record    jsonb NOT NULL
);

CREATE INDEX IF NOT EXISTS recorded_request_client ON sandbox.recorded_request (client_id, position);
