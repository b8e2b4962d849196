/** The console's `POST /api/sandbox/sessions/{id}/age` and `POST /api/sandbox/events`: what a client can do for itself, for any client. */
import { SessionId } from '@payment-passkeys/protocol';
import {
  AgeAnswer,
  AgeRequest,
  CONSOLE_AGE_SESSION_PATH,
  CONSOLE_SANDBOX_EVENTS_PATH,
  ConsoleSandboxEventRequest,
  SandboxEventAnswer,
} from '@payment-passkeys/protocol/sandbox';
import Type from 'typebox';
import { allow } from '../../api/console/guard/allow.ts';
import { findClient } from '../../domain/clients/store.ts';
import { findSession } from '../../domain/sessions/store.ts';
import type { ConsoleNetwork } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { ageSession } from './age.ts';
import { sendSample } from './events.ts';

/** `api` is behind the console's guard. */
export function outcomeConsoleRoutes(
  api: NetworkServer,
  { pool, clock }: Pick<ConsoleNetwork, 'pool' | 'clock'>,
): void {
  api.post(
    CONSOLE_AGE_SESSION_PATH,
    {
      config: allow(['OPERATOR', 'ADMINISTRATOR']),
      schema: {
        summary: 'Make a session and its proof older',
        params: Type.Object({ id: SessionId }),
        body: AgeRequest,
        response: { 200: AgeAnswer },
      },
    },
    async ({ params: { id: sessionId }, body: { seconds } }) => {
      const session = await findSession(pool, sessionId);
      if (session === undefined)
        throw new ServiceError({ code: 'SESSION_NOT_FOUND', message: 'There is no such session.' });
      return ageSession(pool, { sessionId, clientId: session.clientId, seconds });
    },
  );

  api.post(
    CONSOLE_SANDBOX_EVENTS_PATH,
    {
      config: allow(['OPERATOR', 'ADMINISTRATOR']),
      schema: {
        summary: 'Send an event of a type to a client',
        body: ConsoleSandboxEventRequest,
        response: { 201: SandboxEventAnswer },
      },
    },
    async ({ body: { clientId, type } }, reply) => {
      if ((await findClient(pool, clientId)) === undefined)
        throw new ServiceError({ code: 'CLIENT_NOT_FOUND', pointer: '/clientId' });
      return reply.code(201).send({ eventId: await sendSample(pool, { clientId, type, now: clock() }) });
    },
  );
}
