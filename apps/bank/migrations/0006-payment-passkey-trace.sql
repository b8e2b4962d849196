-- Payment passkeys, issuer kit: a W3C traceparent, so that the return is part of the trace that began with the click.
ALTER TABLE payment_passkey_enrolment ADD COLUMN trace_context text;
