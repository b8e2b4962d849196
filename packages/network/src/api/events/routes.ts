/** `GET /authentication/events` (contract §16): a client pulls its events by a cursor. */
import { DEFAULT_EVENTS, EVENTS_PATH, EventPage, EventsQuery } from '@payment-passkeys/protocol';
import { signingClient } from '../../domain/clients/signed-request.ts';
import { readEvents } from '../../domain/events/log.ts';
import { moveForReader } from '../../domain/events/mover.ts';
import type { Network } from '../../network.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';

export function eventRoutes(
  app: NetworkServer,
  { pool, clock, findModel }: Pick<Network, 'pool' | 'clock' | 'findModel'>,
): void {
  app.get(
    EVENTS_PATH,
    {
      config: { errors: ['EVENT_NOT_FOUND', 'CURSOR_TOO_OLD'] },
      schema: {
        operationId: 'pullEvents',
        summary: 'Pull events',
        querystring: EventsQuery,
        response: { 200: EventPage },
      },
    },
    async (request) => {
      const { clientId } = signingClient(request);
      const { after, limit = String(DEFAULT_EVENTS) } = request.query;
      await moveForReader(pool, { clientId, now: clock() });
      const events = await readEvents(pool, { clientId, after, limit: Number(limit) }, findModel);
      const next = events.at(-1)?.id ?? after;
      return { events: [...events], ...(next !== undefined && { next }) };
    },
  );
}
