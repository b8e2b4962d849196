-- The tables of the sandbox move to the schema of the network's tables, as sandbox_…: so several networks in one database each have their
-- own, and a distributed engine keeps them beside the rows that they refer to.
DO $$
DECLARE
  own name;
BEGIN
  FOR own IN SELECT relname FROM pg_class WHERE relnamespace = 'sandbox'::regnamespace AND relkind = 'r' ORDER BY relname LOOP
    EXECUTE format('ALTER TABLE sandbox.%I RENAME TO %I', own, 'sandbox_' || own);
    EXECUTE format('ALTER TABLE sandbox.%I SET SCHEMA %I', 'sandbox_' || own, current_schema());
  END LOOP;
END
$$;

DROP SCHEMA sandbox;
