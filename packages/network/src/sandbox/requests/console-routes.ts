/** `/api/sandbox`: the lists of the console's sandbox screen, and the last requests of a client. */
import { ClientId, EVENT_TYPES } from '@payment-passkeys/protocol';
import { OPERATOR_ROLES } from '@payment-passkeys/protocol/console';
import {
  RequestList,
  RequestsQuery,
  SANDBOX_PATH,
  SANDBOX_VALUES,
  SandboxOverview,
  sandboxRequestsPath,
} from '@payment-passkeys/protocol/sandbox';
import Type from 'typebox';
import { allow } from '../../api/console/guard/allow.ts';
import { findClient, listClients } from '../../domain/clients/store.ts';
import type { ConsoleNetwork } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { listRecords } from './store.ts';

export function requestRoutes(app: NetworkServer, { pool }: ConsoleNetwork): void {
  app.get(
    SANDBOX_PATH,
    {
      config: allow(OPERATOR_ROLES),
      schema: {
        summary: 'List the clients, the test values and the types of events',
        response: { 200: SandboxOverview },
      },
    },
    async () => {
      const clients = await listClients(pool);
      return {
        clients: clients.map(({ clientId, name, role }) => ({ clientId, name, role })),
        values: SANDBOX_VALUES.map(({ step, example, happens, meets }) => ({ step, example, happens, meets })),
        eventTypes: [...EVENT_TYPES],
      };
    },
  );

  app.get(
    sandboxRequestsPath(':id'),
    {
      config: allow(OPERATOR_ROLES),
      schema: {
        summary: 'List the last requests of a client, the newest first',
        params: Type.Object({ id: ClientId }),
        querystring: RequestsQuery,
        response: { 200: RequestList },
      },
    },
    async ({ params: { id: clientId }, query: { after = '0' } }) => {
      if ((await findClient(pool, clientId)) === undefined) throw new ServiceError({ code: 'CLIENT_NOT_FOUND' });
      return { items: await listRecords(pool, { clientId, after: Number(after) }) };
    },
  );
}
