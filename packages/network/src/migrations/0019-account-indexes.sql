-- migrate: compatible
-- The keyed indexes of a session's accounts, so that a statement finds passkeys and binds without the accounts themselves. They are deleted with
-- `accounts`. The version before neither writes nor deletes them.
ALTER TABLE session
  -- Every index that a look-up needs. The first ones are those that a binding stores: one for each account, by the key version in use.
  ADD COLUMN IF NOT EXISTS account_indexes bytea[],
  -- The kinds of these first ones, in the same order.
  ADD COLUMN IF NOT EXISTS account_kinds text[],
  -- The versions of the key that made the indexes, the one in use first. If they differ from those of today, the indexes are of no use.
  ADD COLUMN IF NOT EXISTS account_key_versions integer[];
