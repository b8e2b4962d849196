/** The handler of a webhook: verifies a delivery, drops a repeat, calls the host, and answers. */
import { verifyWebhook, type WebhookKey, type WebhookRefusal } from '@payment-passkeys/channel';
import type { LifecycleParts } from '../lifecycle/parts.ts';
import type { CachedKeys } from '../network/cached-keys.ts';
import type { CallContext } from '../network/network-client.ts';
import { checkRequest } from '../redirect/handlers.ts';
import type { TraceContext } from '../tracing/trace-context.ts';
import type { KitTracing } from '../tracing/tracing.ts';
import { type EventHandling, handleEvent } from './handle-event.ts';
import { readEvent } from './network-event.ts';

/** Far more than an event needs. */
export const MAX_DELIVERY_BYTES: number = 64 * 1024;

/** The result of a delivery, for the host's log and counts. It holds no value of a cardholder, unless the host's own error does. */
export type DeliveryReport =
  /** REPEATED: it was handled before. Both are answered 204. */
  | { readonly outcome: 'HANDLED' | 'REPEATED'; readonly eventId: string; readonly type: string }
  /** Not from the network, or not an event: answered 4xx, and the handlers were not called. */
  | { readonly outcome: 'REFUSED'; readonly because: DeliveryRefusal; readonly problem?: string }
  /**
   * Answered 500 or 503, and the network delivers the event again. `error` is the handler's own; or the kit's: the store failed, or the
   * network's keys could not be fetched.
   */
  | { readonly outcome: 'FAILED'; readonly error: unknown };

/**
 * Why a delivery is refused.
 * - `METHOD`, `TOO_LONG`: not a POST, or a body of more than 64 KiB.
 * - `HEADER_MISSING`: one of the three headers is missing or malformed.
 * - `TIMESTAMP_OUT_OF_RANGE`: its time is more than five minutes before or after now. If every delivery has it, this machine's clock is wrong.
 * - `SIGNATURE_MISMATCH`: no signature is valid by one of the network's published keys.
 * - `EVENT`: the network signed it, but this version of the kit cannot read the event. Update the kit; the network keeps the event.
 */
export type DeliveryRefusal = WebhookRefusal | 'METHOD' | 'TOO_LONG' | 'EVENT';

export interface WebhookParts extends EventHandling {
  readonly keys: CachedKeys<readonly WebhookKey[], CallContext>;
  readonly contextOf: LifecycleParts['contextOf'];
  readonly tracing: KitTracing;
  readonly onDelivery: ((report: DeliveryReport) => void) | undefined;
  readonly guardAsync: LifecycleParts['guardAsync'];
  /** Whether it is the kit's own error, such as a store or a network that failed. */
  readonly isOwnError: (error: unknown) => boolean;
}

/** Answers 204, 400, 401, 405, 413, 500 or 503. Rejects only if its argument is not a `Request`. */
export function createWebhook(parts: WebhookParts): (request: Request) => Promise<Response> {
  return async (request) => {
    await parts.guardAsync(async () => checkRequest(request, 'the webhook'));
    const report = await parts.tracing.span({ name: 'receive event', parent: undefined }, async (trace, set) => {
      const received = await parts
        .guardAsync(() => receive(request, trace, parts))
        .catch((error: unknown): DeliveryReport => ({ outcome: 'FAILED', error }));
      set({ 'payment_passkeys.outcome': received.outcome });
      return received;
    });
    tell(parts.onDelivery, report);
    return answer(report, parts);
  };
}

async function receive(
  request: Request,
  trace: TraceContext | undefined,
  parts: WebhookParts,
): Promise<DeliveryReport> {
  const { keys, store, clock } = parts;
  if (request.method !== 'POST') return { outcome: 'REFUSED', because: 'METHOD' };
  const body = await readBody(request);
  if (body === undefined) return { outcome: 'REFUSED', because: 'TOO_LONG' };

  const received = { headers: Object.fromEntries(request.headers), body };
  const judge = (by: readonly WebhookKey[]) => verifyWebhook({ received, keys: by, now: clock() });
  // First without keys: a delivery that is refused for another reason than its signature causes no call to the network.
  let verdict = judge([]);
  const context = parts.contextOf(trace);
  for (const fetchKeys of [keys.current, keys.refreshed]) {
    if (!verdict.ok && verdict.code === 'SIGNATURE_MISMATCH') verdict = judge(await fetchKeys(context));
  }
  if (!verdict.ok) return { outcome: 'REFUSED', because: verdict.code };

  const read = readEvent(parse(body));
  if (!read.ok) return { outcome: 'REFUSED', because: 'EVENT', problem: read.problem };
  const { id: eventId, type } = read.event;
  const handled = await store.findHandled({ eventIds: [eventId] });
  if (handled.includes(eventId)) return { outcome: 'REPEATED', eventId, type };
  await handleEvent(read.event, parts);
  return { outcome: 'HANDLED', eventId, type };
}

/** Undefined if it is too long; the rest is not read. */
async function readBody(request: Request): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > MAX_DELIVERY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

const STATUS_OF_REFUSAL: Readonly<Record<DeliveryRefusal, number>> = {
  METHOD: 405,
  HEADER_MISSING: 401,
  TIMESTAMP_OUT_OF_RANGE: 401,
  SIGNATURE_MISMATCH: 401,
  TOO_LONG: 413,
  EVENT: 400,
};

/** The body of a refusal is its code, which the network's operator can read; it says nothing of the host. */
function answer(report: DeliveryReport, { isOwnError }: WebhookParts): Response {
  const headers = { 'cache-control': 'no-store' };
  switch (report.outcome) {
    case 'REFUSED': {
      const allow = report.because === 'METHOD' && { allow: 'POST' };
      return new Response(report.because, {
        status: STATUS_OF_REFUSAL[report.because],
        headers: { ...headers, ...allow },
      });
    }
    case 'FAILED':
      return new Response(null, { status: isOwnError(report.error) ? 503 : 500, headers });
    default:
      return new Response(null, { status: 204, headers });
  }
}

/** Without a hook, a failure becomes a warning of Node's, so that somebody sees it. An error of the hook is dropped. */
function tell(onDelivery: WebhookParts['onDelivery'], report: DeliveryReport): void {
  if (onDelivery === undefined) {
    const { error } = report.outcome === 'FAILED' ? report : {};
    if (error !== undefined) process.emitWarning(error instanceof Error ? error : String(error));
    return;
  }
  try {
    onDelivery(report);
  } catch {
    // dropped, as the docstring says
  }
}
