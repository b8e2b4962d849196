-- migrate: compatible, concurrently
-- The same constraints in shorter texts. PostgreSQL reads the text of a constraint anew for each statement that changes a row: a list as one array is one
-- value of it, and in place of a value a statement need not find out first whether it is null (decisions 46 and 149). They are not validated: every row
-- was checked by the constraint before.
CREATE OR REPLACE FUNCTION session_is_sound(
  state text, next_step text, accounts bytea, proof_hash bytea, end_reason text, ended_at timestamptz, payment jsonb, order_key text
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF ended_at IS NULL THEN
    RETURN (state = ANY ('{created,opened,verifying,verified,registered}') OR (state = 'enrolled' AND proof_hash IS NOT NULL))
      AND end_reason IS NULL
      AND (next_step IS NULL OR next_step = ANY ('{AUTHENTICATE,REGISTER,STEP_UP}'))
      AND (payment IS NULL) = (order_key IS NULL);
  END IF;
  -- A session that has ended holds no accounts; only a failed or cancelled one has a reason.
  RETURN (state = ANY ('{cancelled,failed,superseded,expired}') OR (state = ANY ('{approved,bound}') AND proof_hash IS NOT NULL))
    AND accounts IS NULL
    AND (end_reason IS NOT NULL) = (state = ANY ('{cancelled,failed}'))
    AND (next_step IS NULL OR next_step = ANY ('{AUTHENTICATE,REGISTER,STEP_UP}'))
    AND (payment IS NULL) = (order_key IS NULL);
END
$$;
ALTER TABLE session DROP CONSTRAINT IF EXISTS session_is_sound;
ALTER TABLE session ADD CONSTRAINT session_is_sound
  CHECK (session_is_sound(state, next_step, accounts, proof_hash, end_reason, ended_at, payment, order_key)) NOT VALID;
DROP FUNCTION IF EXISTS session_is_sound(text, text, boolean, boolean, boolean, boolean, boolean, boolean);

ALTER TABLE passkey DROP CONSTRAINT IF EXISTS passkey_status_check;
ALTER TABLE passkey ADD CONSTRAINT passkey_status_check CHECK (status = ANY ('{active,suspended,deleted}'::text[])) NOT VALID;
ALTER TABLE binding DROP CONSTRAINT IF EXISTS binding_suspended_by;
ALTER TABLE binding ADD CONSTRAINT binding_suspended_by
  CHECK (suspended_by <@ '{ISSUER,MERCHANT,CARDHOLDER,NETWORK}'::text[]) NOT VALID;
ALTER TABLE binding_account DROP CONSTRAINT IF EXISTS binding_account_kind_check;
ALTER TABLE binding_account ADD CONSTRAINT binding_account_kind_check CHECK (kind = ANY ('{CARD,EMAIL,MOBILE}'::text[])) NOT VALID;
ALTER TABLE outbox DROP CONSTRAINT IF EXISTS outbox_triggered_by_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_triggered_by_check
  CHECK (triggered_by = ANY ('{ISSUER,MERCHANT,CARDHOLDER,NETWORK}'::text[])) NOT VALID;
