/** What the public server has in sandbox mode in addition to the API of production (contract §19). server.ts loads it in that mode only. */
import type { Network } from '../network.ts';
import { documentRoutes, type RouteGroup } from '../platform/http/document-routes.ts';
import type { NetworkServer } from '../platform/http/network-server.ts';
import { noteCutAnswers } from './cardholder/browser.ts';
import { cardholderRoutes } from './cardholder/routes.ts';
import { examinePageCalls } from './examination/page-calls.ts';
import { examinationRoutes } from './examination/routes.ts';
import { examineSignedCalls } from './examination/signed-calls.ts';
import { frontDoorRoutes } from './front-door/routes.ts';
import { interceptCalls } from './outcomes/intercept.ts';
import { outcomeRoutes } from './outcomes/routes.ts';
import { referencePageRoutes } from './reference/routes.ts';

/** A group of routes in the OpenAPI document. */
export const SANDBOX_TAG = {
  name: 'sandbox',
  description: 'For tests of an integration. A network in production has none of it.',
};

/** For clients: the routes behind the signature guard. */
const SIGNED: RouteGroup = { tags: [SANDBOX_TAG.name], security: ['oauth1', 'oauth2'], errors: [], signed: true };
/** For anybody. */
const OPEN: RouteGroup = { tags: [SANDBOX_TAG.name], security: [], errors: [] };

export { recordRequests } from './requests/recorder.ts';

/** Adds the hooks to the clients' routes, before they are described. The signature guard runs before these hooks. */
export function interceptClientCalls(api: NetworkServer, network: Network): void {
  interceptCalls(api, network);
  examineSignedCalls(api, network);
}

/** Adds the hooks to the routes of the hosted page's back end, before they are described. */
export function interceptPageCalls(backEnd: NetworkServer, network: Network): void {
  interceptCalls(backEnd, network);
  examinePageCalls(backEnd, network);
  noteCutAnswers(backEnd);
}

/** Adds the sandbox's own routes. `limited` is behind the limits; `guard` guards the signed routes of a server. */
export async function sandboxRoutes(
  limited: NetworkServer,
  network: Network,
  guard: (signed: NetworkServer) => void,
): Promise<void> {
  await limited.register(async (signed: NetworkServer) => {
    documentRoutes(signed, SIGNED);
    guard(signed);
    examinationRoutes(signed, network);
    outcomeRoutes(signed, network);
  });
  await limited.register(async (open: NetworkServer) => {
    documentRoutes(open, OPEN);
    cardholderRoutes(open, network);
    await referencePageRoutes(open);
    await frontDoorRoutes(open, network);
  });
}
