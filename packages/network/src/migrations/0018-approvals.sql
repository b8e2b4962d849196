-- migrate: compatible
-- Changes at the console that a second operator has to approve. Nothing of a change is done before that.
CREATE TABLE IF NOT EXISTS approval (
  approval_id       uuid PRIMARY KEY,
  kind              text NOT NULL,
  subject_id        text NOT NULL,
  -- JSON: the subject's name, the change, the version that it was made from, and what is shown of it. As text, because its hash is of these bytes.
  content           text NOT NULL,
  -- SHA-256 of the request, in hexadecimal: see domain/approvals/request.ts.
  hash              text NOT NULL,
  requested_by      text NOT NULL,
  requested_by_name text NOT NULL,
  requested_at      timestamptz NOT NULL,
  lapses_at         timestamptz NOT NULL,
  -- A request that is WAITING after lapses_at has lapsed.
  state             text NOT NULL DEFAULT 'WAITING',
  decided_by        text,
  decided_by_name   text,
  decided_at        timestamptz,
  CONSTRAINT approval_state CHECK (state IN ('WAITING', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
  CONSTRAINT approval_decided CHECK ((state = 'WAITING') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
  -- Four eyes: whoever asked neither approves nor rejects.
  CONSTRAINT approval_four_eyes CHECK (state NOT IN ('APPROVED', 'REJECTED') OR decided_by <> requested_by)
);
CREATE INDEX IF NOT EXISTS approval_order ON approval (requested_at, approval_id);
CREATE INDEX IF NOT EXISTS approval_waiting ON approval (subject_id) WHERE state = 'WAITING';
