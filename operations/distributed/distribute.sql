-- Makes the migrated schema of a network a distributed schema of a Citus cluster. Run it once, with psql, as the owner of the tables, at the
-- coordinator, while no process of the network runs. "network" is the name of the schema; the network's role has
-- search_path = network, network_audit. See docs/operating-the-network.md.

-- The audit trail stays at the coordinator: its triggers keep it append-only, and a distributed table has no triggers.
CREATE SCHEMA network_audit;
ALTER TABLE network.audit_pending SET SCHEMA network_audit;
ALTER TABLE network.audit_entry SET SCHEMA network_audit;
ALTER TABLE network.audit_head SET SCHEMA network_audit;

-- This trigger refuses to delete a client that sessions or bindings name. No program of the network deletes a client.
DROP TRIGGER client_is_named ON network.client;

-- These two tables have no key. A schema that is moved online is replicated by keys, or by whole rows.
ALTER TABLE network.outbox REPLICA IDENTITY FULL;
ALTER TABLE network.session_account REPLICA IDENTITY FULL;

SELECT citus_schema_distribute('network');
