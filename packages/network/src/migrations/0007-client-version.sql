-- migrate: compatible
-- Grows with every change of the row: by it a process tells whether what it remembers of a client still holds.
ALTER TABLE client ADD COLUMN version integer NOT NULL DEFAULT 1;
