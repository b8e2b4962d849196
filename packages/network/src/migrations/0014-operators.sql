-- migrate: compatible
-- The people who sign in at the console (contract §18). A removed operator stays as a row, so that the audit trail's ids have a name.
CREATE TABLE IF NOT EXISTS operator (
  operator_id       text PRIMARY KEY,
  name              text NOT NULL,
  -- Null: a second administrator has not approved the role yet, and the operator cannot sign in.
  role              text CHECK (role IN ('SUPPORT', 'OPERATOR', 'ADMINISTRATOR', 'AUDITOR')),
  -- Who they are at the OpenID provider; null for those who sign in by a passkey.
  oidc_issuer       text,
  oidc_subject      text,
  created_at        timestamptz NOT NULL,
  last_signed_in_at timestamptz,
  removed_at        timestamptz,
  CONSTRAINT operator_oidc UNIQUE (oidc_issuer, oidc_subject),
  CONSTRAINT operator_oidc_pair CHECK ((oidc_issuer IS NULL) = (oidc_subject IS NULL))
);

CREATE TABLE IF NOT EXISTS operator_passkey (
  credential_id bytea PRIMARY KEY,
  operator_id   text NOT NULL REFERENCES operator,
  user_handle   bytea NOT NULL,
  -- COSE_Key.
  public_key    bytea NOT NULL,
  sign_count    bigint NOT NULL,
  transports    text[] NOT NULL,
  created_at    timestamptz NOT NULL,
  last_used_at  timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS operator_passkey_operator ON operator_passkey (operator_id);

-- Invitations that nobody has used. The row is deleted by the statement that makes the operator.
CREATE TABLE IF NOT EXISTS operator_invitation (
  invitation_id text PRIMARY KEY,
  -- SHA-256 of the token in the address's fragment.
  token_hash    bytea NOT NULL UNIQUE,
  name          text NOT NULL,
  role          text NOT NULL CHECK (role IN ('SUPPORT', 'OPERATOR', 'ADMINISTRATOR', 'AUDITOR')),
  -- The operator who invited; null: the command line.
  invited_by    text REFERENCES operator,
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL,
  -- Of the last time that the invitation was opened: what the new passkey has to answer.
  challenge     bytea,
  user_handle   bytea
);

-- The console's sessions.
CREATE TABLE IF NOT EXISTS operator_session (
  -- SHA-256 of the cookie.
  session_hash    bytea PRIMARY KEY,
  operator_id     text NOT NULL REFERENCES operator,
  created_at      timestamptz NOT NULL,
  used_at         timestamptz NOT NULL,
  expires_at      timestamptz NOT NULL,
  -- Until when dangerous actions are accepted.
  confirmed_until timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS operator_session_operator ON operator_session (operator_id);
CREATE INDEX IF NOT EXISTS operator_session_expires_at ON operator_session (expires_at);

-- Sign-ins and confirmations under way, for a few minutes each. The row is deleted by the statement that takes the answer.
CREATE TABLE IF NOT EXISTS operator_attempt (
  -- SHA-256 of the cookie of the browser that may answer.
  attempt_hash bytea PRIMARY KEY,
  kind         text NOT NULL CHECK (kind IN ('SIGN_IN', 'CONFIRM', 'OIDC')),
  -- What the passkey has to answer.
  challenge    bytea,
  -- Of an OpenID sign-in: what the provider's answer is compared with.
  oidc         jsonb,
  expires_at   timestamptz NOT NULL,
  CONSTRAINT operator_attempt_kind CHECK ((kind = 'OIDC') = (oidc IS NOT NULL) AND (kind = 'OIDC') = (challenge IS NULL))
);
CREATE INDEX IF NOT EXISTS operator_attempt_expires_at ON operator_attempt (expires_at);
