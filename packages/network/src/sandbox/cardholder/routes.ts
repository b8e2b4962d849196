/** `POST /sandbox/cardholder` (contract §19). */
import { CARDHOLDER_PATH, CardholderAnswer, CardholderRequest } from '@payment-passkeys/protocol/sandbox';
import type { Network } from '../../network.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { sendInto } from './browser.ts';
import { actAsCardholder } from './cardholder.ts';

/** The codes that {@link actAsCardholder} throws. */
const CARDHOLDER_ERRORS = [
  'SESSION_NOT_FOUND',
  'NOT_OFFERED',
  'DEVICE_NOT_NAMED',
  'DEVICE_WITHOUT_PASSKEY',
  'PAGE_STOPPED',
] as const;

/** Anybody may call it: whoever has the launch address is the cardholder. */
export function cardholderRoutes(app: NetworkServer, network: Network): void {
  app.post(
    CARDHOLDER_PATH,
    {
      config: { errors: CARDHOLDER_ERRORS },
      schema: {
        operationId: 'actAsCardholder',
        summary: 'Act as a cardholder, without a browser',
        body: CardholderRequest,
        response: { 200: CardholderAnswer },
      },
    },
    async (request) => actAsCardholder(request.body, { ...network, send: sendInto(app, request.ip) }),
  );
}
