/** `POST /authentication/bindings/searches` and `…/statusupdates` (contract §13, §14), for issuers and merchants. */
import { randomUUID } from 'node:crypto';
import {
  BINDING_SEARCHES_PATH,
  BINDING_STATUS_UPDATES_PATH,
  BindingSearch,
  BindingSearchAnswer,
  StatusUpdate,
  StatusUpdateAnswer,
} from '@payment-passkeys/protocol';
import { serveSigned, signingClient } from '../../domain/clients/signed-request.ts';
import type { Network } from '../../network.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { countRevokedSessions } from '../../platform/telemetry/metrics.ts';
import { search } from './search.ts';
import { updateStatus } from './status-update.ts';

export function bindingRoutes(app: NetworkServer, network: Network): void {
  app.post(
    BINDING_SEARCHES_PATH,
    {
      config: { errors: ['DECRYPTION_FAILED', 'UNKNOWN_KEY_ID', 'FIELD_NOT_ALLOWED'] },
      schema: {
        operationId: 'searchBindings',
        summary: 'Find the bindings of an account, of a passkey, or one by its id',
        body: BindingSearch,
        response: { 200: BindingSearchAnswer },
      },
    },
    async (request, reply) => {
      const call = { client: signingClient(request), search: request.body, reply };
      const bindings = await search(call, network);
      return { bindings: [...bindings], srcCorrelationId: request.body.srcCorrelationId ?? randomUUID() };
    },
  );

  app.post(
    BINDING_STATUS_UPDATES_PATH,
    {
      config: {
        nonceWithChange: true,
        errors: [
          'DECRYPTION_FAILED',
          'UNKNOWN_KEY_ID',
          'FIELD_NOT_ALLOWED',
          'ACTION_NOT_ALLOWED',
          'BINDING_NOT_FOUND',
          'BINDING_DELETED',
        ],
      },
      schema: {
        operationId: 'updateBindingStatus',
        summary: 'Suspend, resume, delete or activate bindings',
        body: StatusUpdate,
        response: { 200: StatusUpdateAnswer },
      },
    },
    async (request, reply) => {
      const { bindings, endedClients } = await serveSigned(request, (call) =>
        updateStatus({ ...call, update: request.body, reply }, network),
      );
      countRevokedSessions(network.metrics, endedClients);
      const { srcCorrelationId } = request.body;
      return { bindings: [...bindings], ...(srcCorrelationId !== undefined && { srcCorrelationId }) };
    },
  );
}
