-- Payment passkeys, merchant kit: the payments of an order, for what has become of one that the network says is approved.
CREATE INDEX payment_passkey_payment_of_order ON payment_passkey_payment (order_id, started_at);
