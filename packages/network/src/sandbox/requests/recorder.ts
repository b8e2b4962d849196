/**
 * Records the requests of each client, by both schemes, for the console's sandbox screen. The work is done after the answer, so it cannot delay or
 * fail a request. For each client, no more requests wait to be written than are kept: earlier ones would be deleted anyway.
 */
import { KEPT_REQUESTS } from '@payment-passkeys/protocol/sandbox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SIGNED_CONTEXT } from '../../domain/clients/signed-request.ts';
import { decryptBody } from '../../domain/keys/encrypted-body.ts';
import { dpopHeader } from '../../domain/oauth2/proof-check.ts';
import type { Network } from '../../network.ts';
import { GatewayError } from '../../platform/errors/errors.ts';
import { TokenError } from '../../platform/errors/token-error.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { UNKNOWN_FIELDS_HEADER } from '../../platform/http/unknown-fields.ts';
import { NO_TRACING } from '../../platform/telemetry/tracing.ts';
import { findCaller, type NamedCaller, readAssertion, readNamedCaller, readToken, schemeOf } from './caller.ts';
import { buildRecord, type SeenRequest } from './record.ts';
import { keepRecords } from './store.ts';

/** The pause between two writes. */
const PAUSE_MILLISECONDS = 500;
/** The most callers with waiting requests. A caller that is not a verified client counts by the name that it gives. */
const MAX_CALLERS = 200;
/** Larger answers are not read: they hold no error. */
const MAX_ANSWER_LENGTH = 64 * 1024;

type Recorded = Pick<Network, 'config' | 'pool' | 'keys' | 'clock'>;

/** A request that waits to be recorded, with its client: the verified one, or the one that it names. */
interface Waiting {
  readonly seen: Omit<SeenRequest, 'clientId'>;
  readonly clientId: string | undefined;
  readonly named: NamedCaller | undefined;
}

/** Records the requests of all routes that `app` gets from now on, and those to unknown addresses. */
export function recordRequests(app: NetworkServer, network: Recorded): void {
  const seen = new WeakMap<FastifyRequest, { answer?: string; error?: unknown }>();
  const waiting = new Map<string, Waiting[]>();

  app.addHook('onRequest', (request, reply, proceed) => {
    const scheme = schemeOf(request);
    if (scheme !== undefined) {
      const receivedAt = network.clock();
      seen.set(request, {});
      // 'close' follows the last byte of the answer, or the end of the connection without one.
      reply.raw.once('close', () => {
        addTo(waiting, describe(request, reply, { ...seen.get(request), scheme, receivedAt }));
      });
    }
    proceed();
  });
  app.addHook('onError', async (request, _reply, error) => {
    const noted = seen.get(request);
    if (noted !== undefined) noted.error = error;
  });
  app.addHook('onSend', async (request, _reply, payload) => {
    const noted = seen.get(request);
    if (noted !== undefined && typeof payload === 'string' && payload.length <= MAX_ANSWER_LENGTH)
      noted.answer = payload;
    return payload;
  });

  const write = writeInTurn(waiting, network);
  // A failed write loses records; the next one is tried all the same.
  const round = () => write().catch((error: unknown) => app.log.warn({ err: error }, 'requests were not recorded'));
  const timer = setInterval(round, PAUSE_MILLISECONDS).unref();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    await round();
  });
}

function describe(
  request: FastifyRequest,
  reply: FastifyReply,
  noted: Pick<SeenRequest, 'scheme' | 'receivedAt'> & { readonly answer?: string; readonly error?: unknown },
): Waiting {
  const { answer, error, scheme, receivedAt } = noted;
  const context = request[SIGNED_CONTEXT];
  const granted = scheme === 'OAUTH2' && context === undefined && reply.statusCode === 200;
  const refused = error instanceof GatewayError || error instanceof TokenError ? error.detail : {};
  const clientId = context?.client.clientId ?? refused.client;
  return {
    clientId,
    named: clientId === undefined ? readNamedCaller(request) : undefined,
    seen: {
      requestId: request.id,
      receivedAt,
      milliseconds: reply.elapsedTime,
      scheme,
      method: request.method,
      target: request.raw.url ?? '/',
      route: request.routeOptions.url,
      authorization: request.headers.authorization ?? '',
      token: readToken(request),
      proof: dpopHeader(request),
      assertion: readAssertion(request),
      nonce: textOf(reply.getHeader('dpop-nonce')),
      status: reply.raw.writableFinished ? reply.statusCode : undefined,
      answer,
      unknownFields: textOf(reply.getHeader(UNKNOWN_FIELDS_HEADER)),
      body: request.body,
      verified: context !== undefined || granted,
      signed: context?.request,
      error,
    },
  };
}

function textOf(header: unknown): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

function addTo(waiting: Map<string, Waiting[]>, request: Waiting): void {
  const { clientId, named } = request;
  const caller = clientId === undefined ? `${named?.by} ${named?.name}` : `client ${clientId}`;
  const of = waiting.get(caller) ?? [];
  if (!waiting.has(caller) && waiting.size >= MAX_CALLERS) return;
  waiting.set(caller, of);
  of.push(request);
  if (of.length > KEPT_REQUESTS) of.shift();
}

/** Writes the waiting requests, one write at a time. */
function writeInTurn(waiting: Map<string, Waiting[]>, network: Recorded): () => Promise<void> {
  let last = Promise.resolve();
  const write = async (): Promise<void> => {
    if (waiting.size === 0) return;
    const callers = [...waiting.values()];
    waiting.clear();
    const known = [];
    for (const requests of callers) {
      const { clientId: verified, named } = requests[0] ?? {};
      const clientId = verified ?? (named && (await findCaller(network.pool, named)));
      if (clientId !== undefined) known.push(...requests.map(({ seen }) => ({ ...seen, clientId })));
    }
    known.sort((one, other) => one.receivedAt.getTime() - other.receivedAt.getTime());
    const records = [];
    for (const seen of known) records.push({ clientId: seen.clientId, record: await recordOf(seen, network) });
    if (records.length > 0) await keepRecords(network.pool, records);
  };
  return () => {
    last = last.catch(() => {}).then(write);
    return last;
  };
}

function recordOf(seen: SeenRequest, { config, keys, clock }: Recorded) {
  const decryption = { keys, clock, tracing: NO_TRACING };
  return buildRecord(seen, {
    publicUrl: config.publicUrl,
    decrypt: (jwe, pointer) => decryptBody(jwe, { network: decryption, pointer }),
  });
}
