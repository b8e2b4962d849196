/** The address to return to, for a page that did not learn it from `open`: after a failure, or in a browser without scripts (contract §3). */
import {
  buildFailureCallback,
  compileSchema,
  failureOf,
  GO_BACK_PATH,
  type LaunchParameters,
  type OpenRequest,
  ReturnAddressRequest,
  readOptional,
} from '@payment-passkeys/protocol';
import Type from 'typebox';
import { findSessionReturn } from '../../domain/sessions/store.ts';
import type { Network } from '../../network.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { findReturnAddress } from './open.ts';

type ReturnDependencies = Pick<Network, 'config' | 'pool' | 'tracing' | 'clock'>;

const launchSchema = compileSchema(ReturnAddressRequest);

/** The link back, for a browser without scripts. Undefined if the launch names neither a session nor a callback. */
export function buildReturnLink({
  clientId,
  authenticationSessionId,
  callbackUri,
}: LaunchParameters): string | undefined {
  if (authenticationSessionId === undefined && callbackUri === undefined) return undefined;
  // Encoded, so that the page never contains an address that a stranger has put into its query.
  const launch = Buffer.from(JSON.stringify({ clientId, authenticationSessionId, callbackUri })).toString('base64url');
  return `${GO_BACK_PATH}?launch=${launch}`;
}

/** The address that the page may go back to. Undefined if none is known. */
export async function findReturnTo(launch: OpenRequest, network: ReturnDependencies): Promise<string | undefined> {
  const { returnAddress } = await findReturnAddress(launch, findSessionReturn, network);
  return returnAddress.ok ? returnAddress.uri : undefined;
}

/** Redirects to the callback, or answers 404. */
export function goBackRoute(app: NetworkServer, network: ReturnDependencies): void {
  const querystring = Type.Object({ launch: Type.Optional(Type.Unknown()) });
  app.get(GO_BACK_PATH, { schema: { hide: true, querystring } }, async (request, reply) => {
    const returnTo = await findReturnTo(readLaunch(request.query.launch), network);
    if (returnTo === undefined) return reply.callNotFound();
    return reply.redirect(buildFailureCallback(returnTo, failureOf('UNKNOWN_ERROR')), 303);
  });
}

function readLaunch(text: unknown): ReturnAddressRequest {
  if (typeof text !== 'string') return {};
  const launch: unknown = readOptional(() => JSON.parse(Buffer.from(text, 'base64url').toString()));
  return launchSchema.accepts(launch) ? launch : {};
}
