/** Sample events on demand. They are well-formed, but nothing has happened, and nothing that the client holds has their ids. */
import { randomBytes, randomUUID } from 'node:crypto';
import { type Actor, addSeconds, type EventData, type EventType } from '@payment-passkeys/protocol';
import { execute, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { moveEvent } from '../../domain/events/move-event.ts';
import { storedEvents } from '../../domain/events/outbox.ts';

interface Sample<Of extends EventType> {
  readonly by: Actor;
  readonly build: (now: Date) => EventData<Of>;
}

const ids = () => ({ bindingId: randomUUID(), credentialId: randomUUID() });
const newSessionId = () => randomBytes(24).toString('base64url');
const boundCard = () => ({
  ...ids(),
  accountTypes: ['CARD' as const],
  panLastFour: '4444',
  heldBy: { role: 'issuer' as const, name: 'The sandbox' },
});
const reported = { reasonCode: 'FRAUD_SUSPECTED' as const };
const activated = { status: 'ACTIVE', reasonCode: 'CARDHOLDER_REQUEST', suspendedBy: [] as Actor[] } as const;

const SAMPLES: { readonly [Of in EventType]: Sample<Of> } = {
  'binding.created': { by: 'CARDHOLDER', build: boundCard },
  'binding.updated': { by: 'ISSUER', build: boundCard },
  'binding.suspended': { by: 'NETWORK', build: () => ({ ...ids(), ...reported, suspendedBy: ['NETWORK'] }) },
  'binding.resumed': { by: 'NETWORK', build: () => ({ ...ids(), ...reported, suspendedBy: [] }) },
  'binding.deleted': { by: 'NETWORK', build: () => ({ ...ids(), ...reported, suspendedBy: [] }) },
  'binding.activated': { by: 'ISSUER', build: () => ({ ...ids(), ...activated }) },
  'passkey.deleted': { by: 'NETWORK', build: () => ({ credentialId: randomUUID(), ...reported }) },
  'payment.approved': {
    by: 'CARDHOLDER',
    build: () => ({
      authenticationSessionId: newSessionId(),
      ...ids(),
      merchantName: 'A shop of the sandbox',
      merchantOrigin: 'https://shop.example',
      amount: '49.90',
      currency: 'EUR',
      panLastFour: '4444',
    }),
  },
  'session.ended': {
    by: 'CARDHOLDER',
    build: () => ({
      authenticationSessionId: newSessionId(),
      clientSessionId: randomUUID(),
      state: 'cancelled',
      status: 'CANCELLED',
      reason: 'USER_CANCELLATION',
    }),
  },
  'client.key-expiring': {
    by: 'NETWORK',
    build: (now) => ({
      fingerprint: randomBytes(32).toString('hex'),
      expiresAt: addSeconds(now, 30 * 24 * 60 * 60).toISOString(),
    }),
  },
};

const SEND = statement({
  text: sql`WITH ${storedEvents({
    type: sql`${'type'}::text`,
    to: sql`client_id`,
    by: sql`${'by'}::text`,
    data: sql`${'data'}::jsonb`,
    from: sql`client WHERE client_id = ${'clientId'}`,
  })}
            SELECT FROM client WHERE client_id = ${'clientId'}`,
});

/** Adds an event of this type to the client's log, and to the deliveries of the webhooks for this type. Returns the event's id. */
export async function sendSample(
  pool: Pool,
  event: { readonly clientId: string; readonly type: EventType; readonly now: Date },
): Promise<string> {
  const { clientId, type, now } = event;
  const { by, build } = SAMPLES[type];
  const data = build(now);
  await execute(pool, SEND, { clientId, type, by, data, now });
  return moveEvent(pool, { clientId, type, data, now });
}
