/** What the console's server has in sandbox mode in addition to its own API (contract §19). console-server.ts loads it in that mode only. */
import type { ConsoleNetwork } from '../network.ts';
import type { NetworkServer } from '../platform/http/network-server.ts';
import { cardholderConsoleRoutes } from './cardholder/console-routes.ts';
import { examinationConsoleRoutes } from './examination/console-routes.ts';
import { outcomeConsoleRoutes } from './outcomes/console-routes.ts';
import { requestRoutes } from './requests/console-routes.ts';

/** Adds the sandbox's routes, below /api/sandbox, to the console's API. `api` is behind the console's guard. */
export function sandboxConsoleRoutes(api: NetworkServer, network: ConsoleNetwork): void {
  outcomeConsoleRoutes(api, network);
  requestRoutes(api, network);
  examinationConsoleRoutes(api, network);
  cardholderConsoleRoutes(api, network);
}
