-- What a version of an account key still has to do: the rows that it indexed, and the sessions whose accounts it sealed.
CREATE INDEX binding_account_key_version ON binding_account (key_version);
CREATE INDEX session_sealed_by ON session (get_byte(accounts, 0)) WHERE accounts IS NOT NULL;

-- Re-keying finds what stands for a card by its former index.
CREATE INDEX binding_card_index ON binding (card_index) WHERE card_index <> '';
CREATE INDEX session_card_index ON session (card_index) WHERE card_index IS NOT NULL;

-- What was idle for thirteen months is deleted. BRIN, because an index of another kind would make every use of a passkey dearer.
CREATE INDEX device_last_used_at ON device USING brin (last_used_at);
CREATE INDEX passkey_last_used_at ON passkey USING brin (last_used_at);
CREATE INDEX session_created_at ON session USING brin (created_at);
-- Deleting a passkey looks for the sessions that name it.
CREATE INDEX session_passkey ON session (passkey_id) WHERE passkey_id IS NOT NULL;
