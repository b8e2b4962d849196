/** Pulls events from where the last reading ended. For hosts without a webhook, and for deliveries that were missed. */
import {
  addSeconds,
  compileSchema,
  EVENT_DAYS,
  EVENTS_PATH,
  type EventEnvelope,
  EventPage,
  eventsPath,
} from '@payment-passkeys/protocol';
import { KitError } from '../kit-error.ts';
import type { LifecycleParts } from '../lifecycle/parts.ts';
import { invalidAnswer } from '../network/network-caller.ts';
import type { Timers } from '../network/timers.ts';
import type { TraceContext } from '../tracing/trace-context.ts';
import { type EventHandling, handleEvent } from './handle-event.ts';
import { readEvent } from './network-event.ts';

const eventPage = compileSchema(EventPage);

/** The events of one answer: about 60 kB. */
const PAGE_EVENTS = 100;

/** What one reading has done. */
export interface EventsRead {
  /** Events for which a handler was called, or that no handler wanted. */
  readonly handled: number;
  /** Events that were handled before, for example by the webhook. */
  readonly repeated: number;
  /**
   * Set if the network does not have the event at which the last reading ended (the reader had not run for thirty days, or the network was
   * restored from a backup): this reading began with the oldest event there is, and earlier ones may be lost. Compare your records by
   * `bindings.search`.
   */
  readonly beganAgainAt?: {
    /** The `timestamp` of the oldest event; undefined if there was none. */
    readonly timestamp: string | undefined;
  };
}

/** Reads events by a cursor that the store keeps. */
export interface EventReader {
  /**
   * Reads all events there are now, oldest first, one after the other. If a handler throws, it rejects with that error, and the next reading
   * begins with the same event. When `signal` aborts, it finishes the current event and ends. Throws `NETWORK_…`, `SIGNER_UNAVAILABLE`,
   * `STORE_UNAVAILABLE`; `NETWORK_ANSWER_INVALID` at an event that this version of the kit cannot read.
   */
  readOnce(options?: { readonly signal?: AbortSignal }): Promise<EventsRead>;
  /**
   * Reads at once and then every `everySeconds`, until `signal` aborts; then it resolves. A reading that fails is passed to `onError`, and the
   * next one is made as usual. One process is enough: two that read at the same time may call a handler twice for one event.
   */
  run(options: EventReaderRun): Promise<void>;
}

/** How to run a reader. */
export interface EventReaderRun {
  /** 1 or more. */
  readonly everySeconds: number;
  readonly signal: AbortSignal;
  /** Receives what each reading has done. */
  readonly onRead?: (read: EventsRead) => void;
  /** Receives the error of a reading; a warning of Node's by default. */
  readonly onError?: (error: unknown) => void;
}

export interface ReaderParts extends EventHandling {
  readonly caller: LifecycleParts['caller'];
  readonly contextOf: LifecycleParts['contextOf'];
  readonly clientId: string;
}

/** One reading, in the trace that is given. */
export function createReadOnce(
  parts: ReaderParts,
): (trace: TraceContext | undefined, ...options: Parameters<EventReader['readOnce']>) => Promise<EventsRead> {
  const { store, clock, clientId } = parts;

  const readPage = async (after: string | undefined, trace: TraceContext | undefined) => {
    const call = { path: eventsPath({ after, limit: PAGE_EVENTS }), template: EVENTS_PATH };
    const answer = await parts.caller.call(call, parts.contextOf(trace));
    if (!eventPage.accepts(answer)) throw invalidAnswer('the answer to a pull of events cannot be read');
    return answer;
  };

  return async (trace, { signal } = {}) => {
    const cursor = await store.findCursor({ clientId });
    let after = cursor?.eventId;
    let beganAgainAt: EventsRead['beganAgainAt'];
    let handled = 0;
    let repeated = 0;

    const readNext = async () => {
      try {
        return await readPage(after, trace);
      } catch (error) {
        const refusal = error instanceof KitError ? error.refusal : undefined;
        const isTooOld = refusal?.status === 410;
        // EVENT_NOT_FOUND: not an event of this client, for example after the network was restored from a backup.
        if (cursor === undefined || !(isTooOld || refusal?.reason === 'EVENT_NOT_FOUND')) throw error;
        const page = await readPage(undefined, trace);
        // A client without a new event for thirty days has missed none, if it looked in the meantime.
        const isComplete = isTooOld && addDays(cursor.readAt, EVENT_DAYS) > clock();
        if (!isComplete) beganAgainAt = { timestamp: page.events[0]?.timestamp };
        return page;
      }
    };

    const handlePage = async (events: readonly EventEnvelope[]): Promise<void> => {
      const eventIds = events.map(({ id }) => id);
      const before = new Set(eventIds.length === 0 ? [] : await store.findHandled({ eventIds }));
      for (const each of events) {
        if (signal?.aborted) return;
        const read = readEvent(each);
        if (!read.ok) throw invalidAnswer(`the event ${each.id} cannot be read: ${read.problem}`);
        if (before.has(each.id)) repeated += 1;
        else {
          await handleEvent(read.event, parts);
          handled += 1;
        }
      }
    };

    for (;;) {
      const { events, next } = await readNext();
      await handlePage(events);
      // After an early end the cursor stays before this page. The store has the handled ids, so the next reading does not repeat them.
      if (signal?.aborted || next === undefined) break;
      await store.noteCursor({ clientId, eventId: next, readAt: clock() });
      if (events.length < PAGE_EVENTS || next === after) break;
      after = next;
    }
    return { handled, repeated, ...(beganAgainAt && { beganAgainAt }) };
  };
}

function addDays(from: Date, days: number): Date {
  return addSeconds(from, days * 24 * 60 * 60);
}

export async function runReader(
  readOnce: EventReader['readOnce'],
  { everySeconds, signal, onRead, onError }: EventReaderRun,
  timers: Timers,
): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  while (!signal.aborted) {
    try {
      const read = await readOnce({ signal });
      onRead?.(read);
    } catch (error) {
      if (onError) onError(error);
      else process.emitWarning(error instanceof Error ? error : String(error));
    }
    if (!signal.aborted) await Promise.race([timers.wait(everySeconds * 1000, signal).catch(() => {}), ended]);
  }
}
