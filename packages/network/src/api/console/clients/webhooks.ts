/** `/api/clients/{id}/…`: a client's event deliveries, their replay, switching a webhook on again, and test events. */
import { compileSchema, EventId } from '@payment-passkeys/protocol';
import {
  DeliveriesQuery,
  DeliveryPage,
  DeliveryReplay,
  DeliveryReplayAnswer,
  TestEventAnswer,
  TestEventState,
  WebhookChoice,
} from '@payment-passkeys/protocol/console';
import Type from 'typebox';
import { operatorAuthor } from '../../../domain/audit/entry.ts';
import { replay, switchOn } from '../../../domain/events/deliveries.ts';
import { findTestEvent, sendTestEvent } from '../../../domain/events/test-event.ts';
import { readDeliveries } from '../../../domain/events/undelivered.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import { ServiceError } from '../../../platform/errors/errors.ts';
import { readCursor, writeCursor } from '../../../platform/http/cursor.ts';
import type { NetworkServer } from '../../../platform/http/network-server.ts';
import { allow } from '../guard/allow.ts';
import { CLIENT_PATH, ClientParameters, findKnownClient, READERS } from './known-client.ts';

const placeSchema = compileSchema(
  Type.Object({ position: Type.Integer({ minimum: 0 }), uri: Type.String({ maxLength: 500 }) }),
);
const TestParameters = Type.Object({ ...ClientParameters.properties, eventId: EventId });

export function webhookRoutes(app: NetworkServer, { pool, clock }: ConsoleNetwork): void {
  app.get(
    `${CLIENT_PATH}/deliveries`,
    {
      config: allow(READERS),
      schema: {
        summary: "List the events that a client's webhooks have not taken",
        params: ClientParameters,
        querystring: DeliveriesQuery,
        response: { 200: DeliveryPage },
      },
    },
    async ({ params: { id: clientId }, query: { state, cursor } }) => {
      await findKnownClient(pool, clientId);
      const before = readCursor(cursor, { schema: placeSchema, sourceType: 'QUERY' });
      const { items, next } = await readDeliveries(pool, { clientId, state, before });
      return { items: [...items], ...(next && { next: writeCursor(next) }) };
    },
  );

  app.post(
    `${CLIENT_PATH}/deliveries/replay`,
    {
      config: allow(['OPERATOR']),
      schema: {
        summary: 'Deliver dead events again, or all since a time',
        params: ClientParameters,
        body: DeliveryReplay,
        response: { 200: DeliveryReplayAnswer },
      },
    },
    async ({ params: { id: clientId }, body, operator }) => {
      await findKnownClient(pool, clientId);
      const since = body.since === undefined ? undefined : new Date(body.since);
      return { deliveries: await replay(pool, { clientId, since, author: operatorAuthor(operator), now: clock() }) };
    },
  );

  app.post(
    `${CLIENT_PATH}/webhooks/enable`,
    {
      config: allow(['OPERATOR']),
      schema: {
        summary: 'Post again to a webhook that answered 410',
        params: ClientParameters,
        body: WebhookChoice,
        response: { 200: Type.Object({}) },
      },
    },
    async ({ params: { id: clientId }, body: { uri }, operator }) => {
      const known = await switchOn(pool, { clientId, uri, author: operatorAuthor(operator), now: clock() });
      if (known === 0) throw new ServiceError({ code: 'WEBHOOK_NOT_FOUND', pointer: '/uri' });
      return {};
    },
  );

  app.post(
    `${CLIENT_PATH}/events/test`,
    {
      config: allow(['OPERATOR']),
      schema: {
        summary: 'Send a test event to a webhook',
        params: ClientParameters,
        body: WebhookChoice,
        response: { 200: TestEventAnswer },
      },
    },
    async ({ params: { id: clientId }, body: { uri }, operator }) => ({
      eventId: await sendTestEvent(pool, { clientId, uri, author: operatorAuthor(operator), now: clock() }),
    }),
  );

  app.get(
    `${CLIENT_PATH}/events/test/:eventId`,
    {
      config: allow(READERS),
      schema: {
        summary: 'Read what became of a test event',
        params: TestParameters,
        response: { 200: TestEventState },
      },
    },
    async ({ params: { id: clientId, eventId } }) => findTestEvent(pool, { clientId, eventId }),
  );
}
