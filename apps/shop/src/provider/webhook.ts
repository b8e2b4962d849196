/** The network's events, which the provider passes on: signed with the secret of the shop's account (Standard Webhooks, `v1`). */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { EventEnvelope, WebhookOptions } from '@payment-passkeys/merchant/server';

/** How far the time of a delivery may be from now. */
const MAX_SKEW_SECONDS = 300;

/** The value of `webhook-signature`. */
export function signDelivery({ key, id, timestamp, body }: Readonly<Record<SignedPart, string>>): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
type SignedPart = 'key' | 'id' | 'timestamp' | 'body';

interface ProviderWebhook extends WebhookOptions {
  readonly key: string;
  readonly clock: () => Date;
}

/** Answers as the kit's webhook does: 204, 401 for what the provider did not sign, 500 if a handler fails. */
export function createProviderWebhook(parts: ProviderWebhook): (request: Request) => Promise<Response> {
  const { key, on, store, onDelivery, clock } = parts;
  const respond = (status: number) => new Response(null, { status, headers: { 'cache-control': 'no-store' } });

  const handle = async (event: EventEnvelope): Promise<'HANDLED' | 'REPEATED'> => {
    const handled = await store.findHandled({ eventIds: [event.id] });
    if (handled.includes(event.id)) return 'REPEATED';
    // The provider's kit has checked that the event is of its type.
    const handler = on[event.type as keyof typeof on] as ((event: EventEnvelope) => unknown) | undefined;
    await handler?.(event);
    await store.noteHandled({ eventId: event.id, handledAt: clock() });
    return 'HANDLED';
  };

  return async (request) => {
    const body = await request.text();
    const header = (name: string) => request.headers.get(`webhook-${name}`) ?? '';
    const [id, timestamp] = [header('id'), header('timestamp')];
    const age = Math.abs(clock().getTime() / 1000 - Number(timestamp));
    if (!isSame(header('signature'), signDelivery({ key, id, timestamp, body }))) {
      onDelivery?.({ outcome: 'REFUSED', because: 'SIGNATURE_MISMATCH' });
      return respond(401);
    }
    if (!(age <= MAX_SKEW_SECONDS)) {
      onDelivery?.({ outcome: 'REFUSED', because: 'TIMESTAMP_OUT_OF_RANGE' });
      return respond(401);
    }
    const event: EventEnvelope = JSON.parse(body);
    try {
      onDelivery?.({ outcome: await handle(event), eventId: event.id, type: event.type });
      return respond(204);
    } catch (error) {
      onDelivery?.({ outcome: 'FAILED', error });
      return respond(500);
    }
  };
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
