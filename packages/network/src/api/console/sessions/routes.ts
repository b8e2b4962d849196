/** `/api/sessions`: what happened to a session, for the console (contract §18, screen 2). Every role reads. */
import { SessionId } from '@payment-passkeys/protocol';
import {
  OPERATOR_ROLES,
  SESSION_SEARCH_PATH,
  SESSION_VIEW_PATH,
  SessionPage,
  SessionSearch,
  SessionView,
} from '@payment-passkeys/protocol/console';
import Type from 'typebox';
import { viewSession } from '../../../domain/session-search/view.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import { ServiceError } from '../../../platform/errors/errors.ts';
import type { NetworkServer } from '../../../platform/http/network-server.ts';
import { allow } from '../guard/allow.ts';
import { findSessions } from './search.ts';

export function consoleSessionRoutes(app: NetworkServer, network: ConsoleNetwork): void {
  app.post(
    SESSION_SEARCH_PATH,
    {
      config: allow(OPERATOR_ROLES),
      schema: {
        summary: 'Find sessions by a handle, by an account, or by client, outcome, reason, browser family and time',
        body: SessionSearch,
        response: { 200: SessionPage },
      },
    },
    async ({ body, operator }) => findSessions({ search: body, operator }, network),
  );
  app.get(
    SESSION_VIEW_PATH,
    {
      config: allow(OPERATOR_ROLES),
      schema: {
        summary: 'Read a session with its timeline',
        params: Type.Object({ id: SessionId }),
        response: { 200: SessionView },
      },
    },
    async ({ params: { id } }) => {
      const view = await viewSession(id, network);
      if (view === undefined)
        throw new ServiceError({ code: 'SESSION_NOT_FOUND', message: 'There is no such session.' });
      return view;
    },
  );
}
