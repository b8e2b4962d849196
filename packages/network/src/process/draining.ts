/** How a server leaves: without a failed call, ending each connection with an answer, or at once, finishing what runs. */
import type { Server as HttpServer, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { DrainSettings } from '../platform/config/config.ts';

export interface Drain {
  /** Whether it has begun: from then on the server is not ready. */
  readonly begun: () => boolean;
  /**
   * Resolves when nobody is connected any more: true where every request came to its answer, false where the time was over. A second
   * call answers the first one's promise.
   */
  readonly run: () => Promise<boolean>;
  /**
   * For whoever does not want to wait: takes no new connections, finishes the requests that run, for `timeoutSeconds` at most, and cuts the
   * connections on which nothing runs. Server.close() does not end for as long as a connection stays on which nothing was ever asked, such
   * as a browser keeps in reserve.
   */
  readonly stop: () => Promise<void>;
}

/**
 * A connection on which nothing was asked for so long since the drain began is closed without an answer to say so. A request that is
 * under way to us in that same instant is lost; who sends many requests does not leave a connection alone for so long.
 */
const IDLE_MILLISECONDS = 1_000;
const POLL_MILLISECONDS = 100;
const STOP_POLL_MILLISECONDS = 10;

/** Watches the server's requests from now on, so that the drain knows which ones run. Closing the server itself is the caller's. */
export function prepareDrain(server: HttpServer, settings: DrainSettings): Drain {
  const unanswered = new Set<ServerResponse>();
  let begun = false;
  let draining: Promise<boolean> | undefined;
  server.prependListener('request', (_request, response: ServerResponse) => {
    if (begun) response.setHeader('connection', 'close');
    unanswered.add(response);
    response.once('close', () => unanswered.delete(response));
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
      while (unanswered.size > 0 && performance.now() < deadline) await within(ended, STOP_POLL_MILLISECONDS);
      server.closeAllConnections();
      await ended;
    },
  };
}

async function endConnections(server: HttpServer, timeoutSeconds: number): Promise<boolean> {
  await quietMoment();
  // Not the server's own close, which cuts idle connections at once: see IDLE_MILLISECONDS.
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

/** Resolves when nobody is connected any more. */
function closePort(server: HttpServer): Promise<true> {
  return new Promise((resolve) => NetServer.prototype.close.call(server, () => resolve(true)));
}

const QUIET_MILLISECONDS = 0.2;
const QUIET_LIMIT_MILLISECONDS = 1_000;

/**
 * Right after a turn of the event loop that looked for new connections and had nothing else to do. The kernel cuts the connections that
 * it has taken and we have not yet accepted when their port closes; in a busy turn that would be everybody who came during it.
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
