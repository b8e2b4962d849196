/** The part of a network double that makes events, answers pulls of them, and signs deliveries. */
import { createPublicKey, randomBytes } from 'node:crypto';
import { buildWebhookKeySet, generateWebhookKey, readWebhookPrivateKey, signWebhook } from '@payment-passkeys/channel';
import {
  type Actor,
  EVENTS_PATH,
  type EventData,
  type EventEnvelope,
  type EventType,
  WEBHOOK_KEYS_PATH,
} from '@payment-passkeys/protocol';
import { buildRefusal, type DoubleAnswer, type SignedCallOfDouble } from './network-double.ts';

/** An event to make. `data` is that of its type; the double does not check it. */
export interface EventToMake<Type extends EventType = EventType> {
  readonly type: Type;
  readonly data: EventData<Type>;
  /** `NETWORK` by default. */
  readonly triggeredBy?: Actor;
  /** A new one by default. */
  readonly id?: string;
  /** The double's clock by default. */
  readonly timestamp?: string;
}

/** The controls for events. */
export interface EventControls {
  /** Every event of the double, oldest first. */
  readonly events: readonly EventEnvelope[];
  /** Makes an event: a pull answers it from now on. */
  makeEvent<Type extends EventType>(event: EventToMake<Type>): EventEnvelope;
  /**
   * The network's POST of an event to a webhook, signed. Pass it to a handler (`await webhook(network.buildDelivery(event))`), or send its
   * headers and body to a server. `signedAt` is the double's clock by default.
   */
  buildDelivery(event: EventEnvelope, options?: { readonly uri?: string; readonly signedAt?: Date }): Request;
  /** Deletes all events except the latest `keep`: a cursor before those is answered 410. */
  forgetEvents(keep: number): void;
  /** Replaces the key that deliveries are signed with; the old and the new one are published. */
  rotateWebhookKey(): void;
  /** Publishes only the current key: the rotation is over. */
  endWebhookKeyRotation(): void;
}

export interface EventDouble {
  readonly controls: EventControls;
  /** The answer to a call that is not signed; undefined for another path. */
  answerPublic(path: string): DoubleAnswer | undefined;
  /** The answer to a signed call; undefined for another path. */
  answer(call: SignedCallOfDouble): DoubleAnswer | undefined;
}

export function createEventDouble({ clock }: { readonly clock: () => Date }): EventDouble {
  const events: EventEnvelope[] = [];
  let forgotten = false;
  let key = makeKey();
  let published = [key];

  const pull = (query: URLSearchParams): DoubleAnswer => {
    const after = query.get('after');
    const at = events.findIndex(({ id }) => id === after);
    if (after !== null && at < 0) {
      return buildRefusal(forgotten ? 'CURSOR_TOO_OLD' : 'EVENT_NOT_FOUND', '/after');
    }
    const page = events.slice(at + 1, at + 1 + Number(query.get('limit') ?? 100));
    const next = page.at(-1)?.id ?? after;
    return { status: 200, body: { events: page, ...(next !== null && { next }) } };
  };

  return {
    answerPublic(path) {
      return path === WEBHOOK_KEYS_PATH ? { status: 200, body: buildWebhookKeySet(published) } : undefined;
    },
    answer({ method, path, query }) {
      return method === 'GET' && path === EVENTS_PATH ? pull(query) : undefined;
    },
    controls: {
      events,
      makeEvent({ type, data, triggeredBy = 'NETWORK', ...given }) {
        const { id = `evt_${randomBytes(16).toString('hex')}`, timestamp = clock().toISOString() } = given;
        const event = { id, type, timestamp, triggeredBy, data };
        events.push(event);
        return event;
      },
      buildDelivery(event, { uri = 'https://receiver.example/events', signedAt = clock() } = {}) {
        const body = JSON.stringify(event);
        const signed = signWebhook({ id: event.id, sentAt: signedAt, body }, key.privateKey);
        const headers = { 'content-type': 'application/json', ...signed };
        return new Request(uri, { method: 'POST', headers, body });
      },
      forgetEvents(keep) {
        events.splice(0, events.length - keep);
        forgotten = true;
      },
      rotateWebhookKey() {
        const before = key;
        key = makeKey();
        published = [before, key];
      },
      endWebhookKeyRotation() {
        published = [key];
      },
    },
  };
}

function makeKey() {
  const privateKey = readWebhookPrivateKey(generateWebhookKey());
  return { kid: randomBytes(4).toString('hex'), privateKey, publicKey: createPublicKey(privateKey) };
}
