/** How a server ends. A drain fails no call; a stop waits only for the requests that run. */
import type { Server as HttpServer, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { DrainSettings } from '../platform/config/config.ts';

export interface Drain {
  /** Whether draining or stopping has begun: from then on the server is not ready. */
  readonly begun: () => boolean;
  /**
   * Resolves when no connection is left: true when every request was answered, false when the time ran out. A second call returns the
   * promise of the first.
   */
  readonly run: () => Promise<boolean>;
  /**
   * Does not wait for idle connections: accepts no new connections, lets running requests finish for at most `timeoutSeconds`, and cuts all
   * others. (Server.close() would wait for a connection that never sent a request, such as one that a browser keeps in reserve.)
   */
  readonly stop: () => Promise<void>;
}

/**
 * A connection that is idle for this long during the drain is closed without notice. A request that arrives in the same instant is lost;
 * busy clients do not leave a connection idle for so long.
 */
const IDLE_MILLISECONDS = 1_000;
const POLL_MILLISECONDS = 100;
const STOP_POLL_MILLISECONDS = 10;

/** Watches the server's requests from now on, so that it knows which ones run. The caller closes the server itself. */
export function prepareDrain(server: HttpServer, settings: DrainSettings): Drain {
  // Not a Set: once V8 has aged one of its tables, the dead tables keep one another, and every response, until the next full collection (decision 124).
  const unanswered: ServerResponse[] = [];
  let begun = false;
  let draining: Promise<boolean> | undefined;
  server.prependListener('request', (_request, response: ServerResponse) => {
    if (begun) response.setHeader('connection', 'close');
    unanswered.push(response);
    response.on('close', () => removeFrom(unanswered, response));
  });
  const begin = () => {
    begun = true;
    for (const response of unanswered) if (!response.headersSent) response.setHeader('connection', 'close');
  };
  const drain = async () => {
    begin();
    await sleep(settings.delaySeconds * 1000);
    return endConnections(server, settings.timeoutSeconds);
  };
  return {
    begun: () => begun,
    run: () => (draining ??= drain()),
    stop: async () => {
      begin();
      const ended = closePort(server);
      const deadline = performance.now() + settings.timeoutSeconds * 1000;
      while (unanswered.length > 0 && performance.now() < deadline) await within(ended, STOP_POLL_MILLISECONDS);
      server.closeAllConnections();
      await ended;
    },
  };
}

/** The order is lost. */
function removeFrom<Item>(items: Item[], item: Item): void {
  const last = items.pop();
  if (last !== undefined && last !== item) items[items.indexOf(item)] = last;
}

async function endConnections(server: HttpServer, timeoutSeconds: number): Promise<boolean> {
  await quietMoment();
  // Not server.close(), which cuts idle connections at once: see IDLE_MILLISECONDS.
  const ended = closePort(server);
  const deadline = performance.now() + timeoutSeconds * 1000;
  if (await within(ended, IDLE_MILLISECONDS)) return true;
  while (performance.now() < deadline) {
    server.closeIdleConnections();
    if (await within(ended, POLL_MILLISECONDS)) return true;
  }
  server.closeAllConnections();
  await ended;
  return false;
}

/** Stops accepting; resolves when no connection is left. */
function closePort(server: HttpServer): Promise<true> {
  return new Promise((resolve) => NetServer.prototype.close.call(server, () => resolve(true)));
}

const QUIET_MILLISECONDS = 0.2;
const QUIET_LIMIT_MILLISECONDS = 1_000;

/**
 * Resolves right after a turn of the event loop that was idle. When the port closes, the kernel cuts the connections that it has
 * established and this process has not yet accepted; after a busy turn that would be every connection that arrived
 * during the turn.
 */
async function quietMoment(): Promise<void> {
  const deadline = performance.now() + QUIET_LIMIT_MILLISECONDS;
  for (let turn = Infinity; turn > QUIET_MILLISECONDS && performance.now() < deadline; ) {
    const begun = performance.now();
    await nextTurn();
    turn = performance.now() - begun;
  }
}

async function within(ended: Promise<true>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  try {
    const late = sleep(milliseconds, false as const, { signal: timer.signal }).catch(() => false as const);
    return await Promise.race([ended, late]);
  } finally {
    timer.abort();
  }
}
