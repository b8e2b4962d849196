/** A client's two ways to receive events: a webhook, and a reader. Both share one store, so that an event is handled once. */
import type { LifecycleParts } from '../lifecycle/parts.ts';
import type { NetworkClient } from '../network/network-client.ts';
import type { Timers } from '../network/timers.ts';
import { aFunction, optional, rule, withMethods } from '../options/rules.ts';
import type { KitTracing } from '../tracing/tracing.ts';
import type { EventStore } from './event-store.ts';
import { type EventHandlers, someHandlers } from './network-event.ts';
import { createReadOnce, type EventReader, runReader } from './reader.ts';
import { createWebhook, type DeliveryReport } from './webhook.ts';
import { createWebhookKeys } from './webhook-keys.ts';

/** What a webhook and a reader need. */
export interface EventOptions {
  /** Remembers which events were handled: share one between the webhook and the reader. */
  readonly store: EventStore;
  /** What to do with an event, by its type. */
  readonly on: EventHandlers;
}

/** The options of a webhook. */
export interface WebhookOptions extends EventOptions {
  /** For logs and counts; never awaited, and its errors are dropped. Without it, a failure becomes a warning of Node's. */
  readonly onDelivery?: (report: DeliveryReport) => void;
}

/** The network's events for this client: bindings that others changed, payments, ends of sessions. */
export interface Events {
  /**
   * The handler for the address in the client's registration (`webhooks`). It verifies the delivery by the network's published keys, which
   * it caches; drops a repeat; awaits the function in `on`; and answers 204. It answers 4xx to anything that the network did not sign, and
   * 5xx if the function or the store fails: the network then delivers the event again, for three days. It never rejects. It needs the body
   * as it arrived, of at most 64 KiB. Its route must have no CSRF check. Throws `INVALID_OPTIONS`.
   */
  webhook(options: WebhookOptions): (request: Request) => Promise<Response>;
  /** A reader that begins where the last one ended; the first one with the oldest event there is. Throws `INVALID_OPTIONS`. */
  reader(options: EventOptions): EventReader;
}

export interface EventParts extends LifecycleParts {
  readonly client: NetworkClient;
  /** The network's public address. */
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clock: () => Date;
  readonly timers: Timers;
  readonly tracing: KitTracing;
  /** Builds the kit's own error STORE_UNAVAILABLE. */
  readonly buildStoreError: (cause: unknown) => Error;
  readonly isOwnError: (error: unknown) => boolean;
  /** Throws if the network has no events. */
  readonly checkOffered: () => void;
}

const OPTIONS = {
  store: withMethods('findHandled', 'noteHandled', 'findCursor', 'noteCursor'),
  on: someHandlers,
  onDelivery: optional(aFunction),
};

const RUN = {
  everySeconds: rule('must be a number of 1 or more', (value) => typeof value === 'number' && value >= 1),
  signal: rule('must be an AbortSignal', (value) => value instanceof AbortSignal),
  onRead: optional(aFunction),
  onError: optional(aFunction),
};

export function createEvents(parts: EventParts): Events {
  const { checkGiven, guardAsync, contextOf, clock, timers, tracing, client, apiUrl } = parts;
  const keys = createWebhookKeys({ client, apiUrl, clock });
  const take = ({ store, on }: EventOptions) => ({ store: guardStore(store, parts.buildStoreError), on, clock });
  return {
    webhook(options) {
      checkGiven(options, { name: 'events.webhook', fields: OPTIONS });
      parts.checkOffered();
      return createWebhook({
        ...take(options),
        keys,
        contextOf,
        tracing,
        onDelivery: options.onDelivery,
        guardAsync,
        isOwnError: parts.isOwnError,
      });
    },

    reader(options) {
      checkGiven(options, { name: 'events.reader', fields: OPTIONS });
      parts.checkOffered();
      const read = createReadOnce({ ...take(options), caller: parts.caller, contextOf, clientId: parts.clientId });
      const readOnce: EventReader['readOnce'] = (given) =>
        guardAsync(() => tracing.span({ name: 'read events', parent: undefined }, (trace) => read(trace, given)));
      return {
        readOnce,
        run: (given) =>
          guardAsync(async () => {
            checkGiven(given, { name: 'reader.run', fields: RUN });
            await runReader(readOnce, given, timers);
          }),
      };
    },
  };
}

function guardStore(store: EventStore, buildStoreError: (cause: unknown) => Error): EventStore {
  const guard = <Given, Answer>(call: (given: Given) => Promise<Answer>) => {
    return (given: Given) =>
      call(given).catch((cause: unknown) => {
        throw buildStoreError(cause);
      });
  };
  return {
    findHandled: guard((query) => store.findHandled(query)),
    noteHandled: guard((note) => store.noteHandled(note)),
    findCursor: guard((key) => store.findCursor(key)),
    noteCursor: guard((note) => store.noteCursor(note)),
  };
}
