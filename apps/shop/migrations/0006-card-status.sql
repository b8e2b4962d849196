-- What the network says of a saved card's binding. ACTIVE: it can pay. SUSPENDED: blocked by those in status_by. DELETED: gone for good.
ALTER TABLE shop_saved_card
  ADD COLUMN status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'SUSPENDED', 'DELETED')),
  -- Empty for a deleted binding if it is not known who deleted it.
  ADD COLUMN status_by text[] NOT NULL DEFAULT '{}' CHECK (status_by <@ ARRAY['ISSUER', 'MERCHANT', 'CARDHOLDER', 'NETWORK']),
  -- The number of the reading that wrote the status: the answer of an earlier reading does not replace that of a later one.
  ADD COLUMN status_reading bigint NOT NULL DEFAULT 0,
  ADD CHECK (status <> 'ACTIVE' OR status_by = '{}'),
  ADD CHECK (status <> 'SUSPENDED' OR status_by <> '{}');
CREATE SEQUENCE shop_card_reading;
CREATE INDEX shop_saved_card_binding ON shop_saved_card (binding_id);

-- Bindings of cards that shoppers have removed, until the network has deleted them.
CREATE TABLE shop_card_removal (
  binding_id       text PRIMARY KEY,
  attempts         integer NOT NULL DEFAULT 0,
  next_attempt_at  timestamptz NOT NULL
);
CREATE INDEX shop_card_removal_due ON shop_card_removal (next_attempt_at);

-- How the passkey that approved the payment is kept; absent if the network does not say.
ALTER TABLE shop_order ADD COLUMN passkey_kind text CHECK (passkey_kind IN ('SYNCED', 'DEVICE_BOUND'));
