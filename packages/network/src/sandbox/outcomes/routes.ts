/** `POST /sandbox/sessions/{id}/age` and `POST /sandbox/events` (contract §19), for the client that signs the call. */
import { SessionParameters } from '@payment-passkeys/protocol';
import {
  AgeAnswer,
  AgeRequest,
  ageSessionPath,
  SANDBOX_EVENTS_PATH,
  SandboxEventAnswer,
  SandboxEventRequest,
} from '@payment-passkeys/protocol/sandbox';
import { signingClient } from '../../domain/clients/signed-request.ts';
import type { Network } from '../../network.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { ageSession } from './age.ts';
import { sendSample } from './events.ts';

/** `signed` is behind the signature guard. */
export function outcomeRoutes(signed: NetworkServer, { pool, clock }: Pick<Network, 'pool' | 'clock'>): void {
  signed.post(
    ageSessionPath(':authenticationSessionId'),
    {
      config: { errors: ['SESSION_NOT_FOUND'] },
      schema: {
        operationId: 'ageSession',
        summary: 'Make a session and its proof older',
        params: SessionParameters,
        body: AgeRequest,
        response: { 200: AgeAnswer },
      },
    },
    async (request) => {
      const { authenticationSessionId: sessionId } = request.params;
      const { clientId } = signingClient(request);
      return ageSession(pool, { sessionId, clientId, seconds: request.body.seconds });
    },
  );

  signed.post(
    SANDBOX_EVENTS_PATH,
    {
      schema: {
        operationId: 'sendSampleEvent',
        summary: 'Receive an event of a type',
        body: SandboxEventRequest,
        response: { 201: SandboxEventAnswer },
      },
    },
    async (request, reply) => {
      const { clientId } = signingClient(request);
      const { type } = request.body;
      return reply.code(201).send({ eventId: await sendSample(pool, { clientId, type, now: clock() }) });
    },
  );
}
