-- Whose trace the session's later steps belong to: a W3C traceparent, at most 55 characters; nothing where tracing was off.
ALTER TABLE session ADD COLUMN trace_context text;
