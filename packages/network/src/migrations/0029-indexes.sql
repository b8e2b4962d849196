-- migrate: compatible, concurrently
-- A statement that changes a row opens every index of the table, and prepares the condition of each partial one: about 4 microseconds for each index, four
-- times for each session, although most of these indexes have no entry until it ends (decision 149).
-- One index for the four kinds of ids by which the console finds an ended session. Without a list of pending entries: a statement of the flow would have to
-- empty it now and then. The version before still works, but its search by such an id reads the whole table.
CREATE INDEX CONCURRENTLY IF NOT EXISTS session_ended_handles ON session
  USING gin (array_remove(ARRAY[src_correlation_id, passkey_id, payment ->> 'orderId', substr(trace_context, 4, 32)], NULL)) WITH (fastupdate = off)
  WHERE ended_at IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS session_ended_correlation;
DROP INDEX CONCURRENTLY IF EXISTS session_ended_passkey;
DROP INDEX CONCURRENTLY IF EXISTS session_ended_order;
DROP INDEX CONCURRENTLY IF EXISTS session_ended_trace;

-- Two unique indexes that nothing is looked up by, and that follow from the primary keys: the id of a device is a hash of its cookie's hash, and the id of a
-- passkey on a device is a hash of the two ids.
ALTER TABLE device DROP CONSTRAINT IF EXISTS device_cookie_hash_key;
ALTER TABLE device_passkey DROP CONSTRAINT IF EXISTS device_passkey_instance_id_key;
