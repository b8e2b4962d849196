-- After the binding: what the bank shows of it, and what customers have ordered. No card number, e-mail address or phone number but in bank_card.

-- The bindings of customers' cards, the bank's own and those of shops, as the network last described them.
CREATE TABLE bank_binding (
  customer_id    uuid NOT NULL REFERENCES bank_customer,
  binding_id     text NOT NULL,
  credential_id  text NOT NULL,
  holder_role    text NOT NULL CHECK (holder_role IN ('issuer', 'merchant')),
  holder_name    text NOT NULL,
  -- The last four digits of the customer's cards that it stands for.
  last_fours     text[] NOT NULL,
  suspended_by   text[] NOT NULL DEFAULT '{}',
  created_at     timestamptz NOT NULL,
  last_used_at   timestamptz,
  authenticator  jsonb,
  devices        jsonb NOT NULL DEFAULT '[]',
  -- The time of the latest news of suspended_by and deleted_at. Events come in any order: older news change nothing.
  changed_at     timestamptz NOT NULL,
  deleted_at     timestamptz,
  PRIMARY KEY (customer_id, binding_id)
);
CREATE INDEX bank_binding_id ON bank_binding (binding_id);
CREATE INDEX bank_binding_credential ON bank_binding (credential_id);
CREATE INDEX bank_binding_deleted_at ON bank_binding (deleted_at) WHERE deleted_at IS NOT NULL;
INSERT INTO bank_binding (customer_id, binding_id, credential_id, holder_role, holder_name, last_fours, created_at, changed_at)
  SELECT customer_id, binding_id, credential_id, 'issuer', '',
    ARRAY (SELECT right(account, 4) FROM jsonb_array_elements_text(accounts) AS account WHERE account ~ '^•••• [0-9]{4}$'), created_at, created_at
  FROM bank_payment_passkey
  ON CONFLICT DO NOTHING;

-- When the network last described the bindings of all of a customer's cards.
ALTER TABLE bank_customer ADD COLUMN bindings_asked_at timestamptz;

-- Payments that were approved with a passkey, from the network's events.
CREATE TABLE bank_payment_approval (
  event_id       text PRIMARY KEY,
  credential_id  text NOT NULL,
  last_four      text NOT NULL,
  merchant_name  text NOT NULL,
  amount         text NOT NULL,
  currency       text NOT NULL,
  approved_at    timestamptz NOT NULL
);
CREATE INDEX bank_payment_approval_credential ON bank_payment_approval (credential_id, approved_at);
CREATE INDEX bank_payment_approval_approved_at ON bank_payment_approval (approved_at);

-- Passkeys that were deleted at the network. What a customer has read is not shown again, also if the event comes again.
CREATE TABLE bank_passkey_notice (
  event_id       text NOT NULL,
  customer_id    uuid NOT NULL REFERENCES bank_customer,
  credential_id  text NOT NULL,
  triggered_by   text NOT NULL,
  occurred_at    timestamptz NOT NULL,
  read           boolean NOT NULL DEFAULT false,
  PRIMARY KEY (customer_id, event_id)
);

-- The card's number that the network still has, while it has not confirmed the new one. And the last four digits of all earlier numbers.
ALTER TABLE bank_card
  ADD COLUMN replaced_pan text,
  ADD COLUMN former_last_fours text[] NOT NULL DEFAULT '{}';

-- What a customer has ordered and the network has to be told: one row for each call, in the order in which they were asked for.
CREATE TABLE bank_network_call (
  call_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id       uuid NOT NULL,
  customer_id    uuid NOT NULL REFERENCES bank_customer,
  action         text NOT NULL CHECK (action IN ('SUSPEND', 'RESUME', 'DELETE', 'REPLACE')),
  reason_code    text,
  card_position  smallint,
  credential_id  text,
  binding_id     text,
  asked_at       timestamptz NOT NULL,
  attempts       integer NOT NULL DEFAULT 0,
  not_before     timestamptz NOT NULL,
  finished_at    timestamptz,
  refusal        text,
  FOREIGN KEY (customer_id, card_position) REFERENCES bank_card,
  CHECK (num_nonnulls(card_position, binding_id) = 1),
  CHECK ((action = 'REPLACE') = (reason_code IS NULL)),
  CHECK (refusal IS NULL OR finished_at IS NOT NULL)
);
CREATE INDEX bank_network_call_order ON bank_network_call (customer_id, order_id);
CREATE INDEX bank_network_call_unfinished ON bank_network_call (customer_id, call_id) WHERE finished_at IS NULL;
