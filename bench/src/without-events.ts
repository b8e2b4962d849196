/**
 * Preloaded (`node --import`) to run the network without events: it has no switch for them, so the part of its statements that stores them is
 * replaced by one that stores nothing.
 */
import { registerHooks } from 'node:module';

const OUTBOX = '/network/src/domain/events/outbox.ts';
const STORES = 'export function storedEvents';
const STORES_NOTHING = 'export const storedEvents = () => sql`stored_events AS (SELECT)`;';

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(OUTBOX)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(STORES)) throw new Error(`${OUTBOX} has no function storedEvents any more.`);
    return { ...loaded, source: `${source.replace(STORES, 'function original')}\n${STORES_NOTHING}\n` };
  },
});
