-- A saved card whose bank has not activated its passkey yet: it cannot pay.
ALTER TABLE shop_saved_card DROP CONSTRAINT shop_saved_card_status_check;
ALTER TABLE shop_saved_card ADD CONSTRAINT shop_saved_card_status_check
  CHECK (status IN ('ACTIVE', 'PENDING_ACTIVATION', 'SUSPENDED', 'DELETED'));
