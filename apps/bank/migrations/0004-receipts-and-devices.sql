-- An enrolment names the receipt of the consent that it began with. What older ones carry themselves stays as it was written.
ALTER TABLE bank_enrolment
  ADD COLUMN receipt_id uuid REFERENCES payment_passkey_consent,
  ALTER COLUMN country DROP NOT NULL,
  ALTER COLUMN language DROP NOT NULL,
  ALTER COLUMN compliance_resources DROP NOT NULL,
  ALTER COLUMN accepted_at DROP NOT NULL;

-- The device in a person's words ("Chrome on Android"), and when the passkey was last used here.
ALTER TABLE bank_payment_passkey
  ADD COLUMN device text,
  ADD COLUMN last_used_at timestamptz;
UPDATE bank_payment_passkey SET last_used_at = created_at;
ALTER TABLE bank_payment_passkey ALTER COLUMN last_used_at SET NOT NULL;
