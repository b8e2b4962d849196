-- What is asked of the authenticators that make passkeys for a client's cardholders; nothing where it is null.
ALTER TABLE client ADD COLUMN attestation jsonb;

-- Whether the attestation proves the model: an AAGUID counts only then.
ALTER TABLE passkey ADD COLUMN aaguid_verified boolean NOT NULL DEFAULT false;
