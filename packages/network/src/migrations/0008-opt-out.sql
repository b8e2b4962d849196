-- migrate: compatible
-- Who does not want Secure Payment Confirmation: for one account at one merchant, until the next enrolment there. The version before kept
-- that in passkey.payment_confirmation, for every account and every merchant; what it wrote is heeded until the passkey's next enrolment at a
-- merchant, and nothing writes false any more.
CREATE TABLE IF NOT EXISTS confirmation_opt_out (
  client_id    text NOT NULL,
  -- A keyed hash, as in binding_account.
  card_index   bytea NOT NULL,
  opted_out_at timestamptz NOT NULL,
  PRIMARY KEY (card_index, client_id)
);
