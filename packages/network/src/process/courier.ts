/**
 * Delivers events to webhooks in the background: moves stored events to the logs, claims due deliveries, posts them, and records the results.
 * Every process has one courier, and the couriers share the work.
 */
import { signWebhook } from '@payment-passkeys/channel';
import { DELIVERY_SECONDS } from '@payment-passkeys/protocol';
import type { FastifyBaseLogger } from 'fastify';
import {
  type BusyEndpoint,
  type ClaimedDelivery,
  claimDeliveries,
  recordFailure,
  recordTaken,
  switchOff,
} from '../domain/events/deliveries.ts';
import { moveInBackground } from '../domain/events/mover.ts';
import { webhookKeyAt } from '../domain/keys/key-ring.ts';
import type { Network } from '../network.ts';
import { type PostOptions, type PostOutcome, post } from '../platform/http/post.ts';

/** The most attempts under way at one endpoint. After a failure it gets one at a time, so that a dead endpoint holds one connection. */
const AT_ONCE = 4;
/** The most attempts under way in this process. */
const MOST_AT_ONCE = 256;

export interface Courier {
  /**
   * Moves events and begins the attempts that are due. Resolves when they have begun. An attempt that succeeds begins further ones. A call
   * during another call waits for that call.
   */
  work(): Promise<void>;
  /** Resolves when no attempt is under way. */
  settled(): Promise<void>;
  /** Begins no more attempts, and ends those under way: another process makes them again when their lease ends. */
  stop(): Promise<void>;
}

export type CourierOptions = Pick<Network, 'pool' | 'clock' | 'keys' | 'metrics' | 'config' | 'findModel'> & {
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>;
  /** For tests. */
  readonly timeoutMilliseconds?: number;
  readonly lookup?: PostOptions['lookup'];
};

interface Endpoint extends BusyEndpoint {
  readonly failing: boolean;
}

export function createCourier(options: CourierOptions): Courier {
  const { pool, clock, keys, metrics, config, findModel, log } = options;
  const stopping = new AbortController();
  const endpoints = new Map<string, Endpoint>();
  const underWay = new Set<Promise<void>>();

  const postOptions: PostOptions = {
    reach: config.mode === 'production' ? 'PUBLIC' : 'PUBLIC_AND_LOOPBACK',
    timeoutMilliseconds: options.timeoutMilliseconds ?? DELIVERY_SECONDS * 1000,
    signal: stopping.signal,
    ...(options.lookup && { lookup: options.lookup }),
  };

  const change = (delivery: ClaimedDelivery, changes: { readonly by: 1 | -1; readonly failing?: boolean }) => {
    const { clientId, uri } = delivery;
    const key = `${clientId} ${uri}`;
    const known = endpoints.get(key) ?? { clientId, uri, underWay: 0, failing: false };
    const changed = { ...known, underWay: known.underWay + changes.by, failing: changes.failing ?? known.failing };
    if (changed.underWay === 0 && !changed.failing) endpoints.delete(key);
    else endpoints.set(key, changed);
  };

  /** A failing endpoint counts as busy, so that it gets one attempt at a time. */
  const busy = (): readonly BusyEndpoint[] =>
    [...endpoints.values()].map((endpoint) => ({
      ...endpoint,
      underWay: endpoint.underWay + (endpoint.failing ? AT_ONCE - 1 : 0),
    }));

  const claim = async () => {
    const most = MOST_AT_ONCE - underWay.size;
    if (stopping.signal.aborted || most <= 0 || webhookKeyAt(keys.current(), clock()) === undefined) return;
    for (const delivery of await claimDeliveries(
      pool,
      { now: clock(), busy: busy(), atOnce: AT_ONCE, most },
      findModel,
    )) {
      change(delivery, { by: 1 });
      const made = deliver(delivery).finally(() => underWay.delete(made));
      underWay.add(made);
    }
  };

  let claiming: Promise<void> | undefined;
  let askedAgain = false;
  /** One claim at a time, because a claim counts the attempts under way. A call during a claim causes one more claim. */
  const begin = (): Promise<void> => {
    askedAgain = claiming !== undefined;
    claiming ??= claim().finally(() => {
      claiming = undefined;
      return askedAgain ? begin() : undefined;
    });
    return claiming;
  };

  /** Never throws. */
  const deliver = async (delivery: ClaimedDelivery) => {
    const outcome = await attempt(delivery);
    const taken = 'status' in outcome && outcome.status >= 200 && outcome.status < 300;
    try {
      // An attempt that the stop has ended says nothing about the endpoint.
      if (!stopping.signal.aborted || 'status' in outcome) await record(delivery, outcome, taken);
    } catch (error) {
      report(error);
    }
    change(delivery, { by: -1, failing: !taken });
    if (taken) await begin().catch(report);
  };

  /** Logs an error of the database. The attempt is made again when its lease ends. */
  const report = (error: unknown) => {
    if (stopping.signal.aborted) return; // the database may be closed
    metrics.taskFailures.inc({ task: 'deliveries' });
    log.error({ err: error }, 'deliveries could not be claimed, or a result not be recorded');
  };

  const attempt = async ({ uri, event }: ClaimedDelivery): Promise<PostOutcome> => {
    const sentAt = clock();
    const key = webhookKeyAt(keys.current(), sentAt);
    if (key === undefined) return { failure: 'NO_KEY' };
    const body = JSON.stringify(event);
    const headers = { ...signWebhook({ id: event.id, sentAt, body }, key.privateKey), 'user-agent': USER_AGENT };
    const end = metrics.deliveryDuration.startTimer();
    const outcome = await post({ uri, headers, body }, postOptions);
    end();
    return outcome;
  };

  const record = async (delivery: ClaimedDelivery, outcome: PostOutcome, taken: boolean) => {
    const { clientId, uri, attempts, event } = delivery;
    const now = clock();
    const failure = 'status' in outcome ? `HTTP_${outcome.status}` : outcome.failure;
    const about = { client: clientId, host: new URL(uri).host, event: event.id, type: event.type, attempts };
    if (taken) {
      await recordTaken(pool, delivery);
      metrics.deliveries.inc({ outcome: 'TAKEN' });
    } else if ('status' in outcome && outcome.status === 410) {
      await switchOff(pool, delivery, { failure, now });
      metrics.deliveries.inc({ outcome: 'GONE' });
      log.warn(about, 'a webhook answered 410 and is switched off');
    } else {
      const dead = await recordFailure(pool, delivery, { failure, now, random: Math.random() });
      metrics.deliveries.inc({ outcome: dead ? 'DEAD' : 'FAILED' });
      if (dead) log.warn({ ...about, failure }, 'a delivery is dead: it was tried for three days');
      else log.info({ ...about, failure }, 'a delivery failed and is tried again');
    }
  };

  const settled = async () => {
    while (underWay.size > 0) await Promise.all(underWay);
  };
  let working: Promise<void> | undefined;
  const moveAndBegin = async () => {
    await moveInBackground(pool, clock());
    await begin();
  };
  return {
    work: () => {
      working ??= moveAndBegin().finally(() => {
        working = undefined;
      });
      return working;
    },
    settled,
    stop: async () => {
      stopping.abort();
      await settled();
    },
  };
}

const USER_AGENT = 'payment-passkeys-network';
