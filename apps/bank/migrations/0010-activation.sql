-- Bindings that shops have made and that the bank has not activated yet; customers confirm them.
ALTER TABLE bank_binding ADD COLUMN pending_activation boolean NOT NULL DEFAULT false;
ALTER TABLE bank_network_call DROP CONSTRAINT bank_network_call_action_check;
ALTER TABLE bank_network_call ADD CONSTRAINT bank_network_call_action_check
  CHECK (action IN ('SUSPEND', 'RESUME', 'DELETE', 'ACTIVATE', 'REPLACE'));
