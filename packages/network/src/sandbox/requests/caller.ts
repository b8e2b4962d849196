/** The client of a request: the verified one, or the one that a refused request names. Anybody can send a refused request. */
import { readCompactJws } from '@payment-passkeys/channel';
import { ClientId, compileSchema, TOKEN_PATH } from '@payment-passkeys/protocol';
import type { RecordedRequest } from '@payment-passkeys/protocol/sandbox';
import type { FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import { findClient, findClientByConsumerKey } from '../../domain/clients/store.ts';

/** A consumer key of OAuth 1.0a, or a client's id. */
export interface NamedCaller {
  readonly by: 'CONSUMER_KEY' | 'CLIENT_ID';
  readonly name: string;
}

/** Undefined for a request that is not a client's, such as one for a page. */
export function schemeOf({
  headers: { authorization = '' },
  method,
  url,
}: FastifyRequest): RecordedRequest['scheme'] | undefined {
  if (/^OAuth\s/i.test(authorization)) return 'OAUTH1';
  const forToken = method === 'POST' && url.split('?', 1)[0] === TOKEN_PATH;
  return forToken || /^(DPoP|Bearer)(\s|$)/i.test(authorization) ? 'OAUTH2' : undefined;
}

/** The token in an Authorization header of OAuth 2.0. */
export function readToken({ headers: { authorization = '' } }: FastifyRequest): string | undefined {
  return /^(?:DPoP|Bearer) +(\S+)$/i.exec(authorization)?.[1];
}

/** The client assertion of a token request. */
export function readAssertion({ body }: FastifyRequest): string | undefined {
  const given = typeof body === 'object' && body !== null && 'client_assertion' in body ? body.client_assertion : '';
  return typeof given === 'string' && given !== '' ? given : undefined;
}

/** The client that a request names. For a request that was refused before its client was known. */
export function readNamedCaller(request: FastifyRequest): NamedCaller | undefined {
  const consumerKey = readConsumerKey(request.headers.authorization ?? '');
  if (consumerKey !== undefined) return { by: 'CONSUMER_KEY', name: consumerKey };
  const claims = [readToken(request), readAssertion(request)].map((jwt) =>
    jwt === undefined ? undefined : readCompactJws(jwt)?.claims,
  );
  const name = claims.map((claim) => claim?.sub).find((sub) => clientIds.accepts(sub));
  return name === undefined ? undefined : { by: 'CLIENT_ID', name };
}

const clientIds = compileSchema(ClientId);

/** Reads the consumer key from a header whose other parts may be malformed. */
function readConsumerKey(authorization: string): string | undefined {
  const given = /oauth_consumer_key="([^"]{1,200})"/.exec(authorization)?.[1];
  try {
    return given === undefined ? undefined : decodeURIComponent(given);
  } catch {
    return undefined;
  }
}

/** The id of the client, if there is one. */
export async function findCaller(pool: Pool, { by, name }: NamedCaller): Promise<string | undefined> {
  const client = by === 'CLIENT_ID' ? await findClient(pool, name) : await findClientByConsumerKey(pool, name);
  return client?.clientId;
}
