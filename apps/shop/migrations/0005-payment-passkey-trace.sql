-- Payment passkeys, merchant kit: a W3C traceparent, so that the return is part of the trace that began with the click.
ALTER TABLE payment_passkey_payment ADD COLUMN trace_context text;
ALTER TABLE payment_passkey_card_enrolment ADD COLUMN trace_context text;
