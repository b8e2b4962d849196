/** `POST /api/sandbox/cardholder`: the cardholder without a browser, for the console's sandbox screen. */
import { CardholderAnswer, CardholderRequest, SANDBOX_CARDHOLDER_PATH } from '@payment-passkeys/protocol/sandbox';
import { allow } from '../../api/console/guard/allow.ts';
import type { ConsoleNetwork } from '../../network.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { sendInto } from './browser.ts';
import { actAsCardholder } from './cardholder.ts';

export function cardholderConsoleRoutes(api: NetworkServer, network: ConsoleNetwork): void {
  api.post(
    SANDBOX_CARDHOLDER_PATH,
    {
      config: allow(['OPERATOR', 'ADMINISTRATOR']),
      schema: {
        summary: 'Act as a cardholder, without a browser',
        body: CardholderRequest,
        response: { 200: CardholderAnswer },
      },
    },
    async (request) => actAsCardholder(request.body, { ...network, send: sendInto(network.publicServer, request.ip) }),
  );
}
