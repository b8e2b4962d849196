-- migrate: compatible
-- A request that nobody has decided in time is LAPSED. The version before shows the state as it is stored.
ALTER TABLE approval DROP CONSTRAINT approval_state;
ALTER TABLE approval DROP CONSTRAINT approval_decided;
ALTER TABLE approval ADD CONSTRAINT approval_state CHECK (state IN ('WAITING', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'LAPSED')) NOT VALID;
ALTER TABLE approval ADD CONSTRAINT approval_decided
  CHECK ((state IN ('WAITING', 'LAPSED')) = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)) NOT VALID;
