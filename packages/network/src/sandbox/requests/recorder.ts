/**
 * Records the signed requests of each client, for the console's sandbox screen. Everything is done after the answer; nothing of it can slow or fail a
 * request. The last requests of each client are waiting at most: those before them would be deleted anyway.
 */
import { KEPT_REQUESTS } from '@payment-passkeys/protocol/sandbox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { findContext } from '../../domain/clients/signed-request.ts';
import { findClientByConsumerKey } from '../../domain/clients/store.ts';
import { decryptBody } from '../../domain/keys/encrypted-body.ts';
import type { Network } from '../../network.ts';
import { GatewayError } from '../../platform/errors/errors.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { UNKNOWN_FIELDS_HEADER } from '../../platform/http/unknown-fields.ts';
import { NO_TRACING } from '../../platform/telemetry/tracing.ts';
import { buildRecord, type SeenRequest } from './record.ts';
import { keepRecords } from './store.ts';

/** Between two writes. */
const PAUSE_MILLISECONDS = 500;
/** So many callers may have requests waiting. A caller that no client is known of has its own place, by its consumer key. */
const MAX_CALLERS = 200;
/** A larger answer has no error in it. */
const MAX_ANSWER_LENGTH = 64 * 1024;

type Recorded = Pick<Network, 'config' | 'pool' | 'keys' | 'clock'>;

/** A request that waits to be recorded, and who says to have sent it. */
interface Waiting {
  readonly seen: SeenRequest;
  readonly clientId: string | undefined;
  readonly consumerKey: string | undefined;
}

/** Records the requests of all routes that `app` gets from now on, and those to addresses that there are not. */
export function recordRequests(app: NetworkServer, network: Recorded): void {
  const seen = new WeakMap<FastifyRequest, { answer?: string; error?: unknown }>();
  const waiting = new Map<string, Waiting[]>();

  app.addHook('onRequest', (request, reply, proceed) => {
    const { authorization } = request.headers;
    if (authorization !== undefined && /^OAuth\s/i.test(authorization)) {
      const receivedAt = network.clock();
      seen.set(request, {});
      // 'close' follows the last byte of the answer, or the end of the connection without one.
      reply.raw.once('close', () => {
        addTo(waiting, describe(request, reply, { ...seen.get(request), authorization, receivedAt }));
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
  noted: {
    readonly answer?: string;
    readonly error?: unknown;
    readonly authorization: string;
    readonly receivedAt: Date;
  },
): Waiting {
  const { answer, error, authorization, receivedAt } = noted;
  const unknownFields = reply.getHeader(UNKNOWN_FIELDS_HEADER);
  const context = findContext(request);
  return {
    clientId: context?.client.clientId ?? (error instanceof GatewayError ? error.detail.client : undefined),
    consumerKey: readConsumerKey(authorization),
    seen: {
      requestId: request.id,
      receivedAt,
      milliseconds: reply.elapsedTime,
      method: request.method,
      target: request.raw.url ?? '/',
      route: request.routeOptions.url,
      authorization,
      status: reply.raw.writableFinished ? reply.statusCode : undefined,
      answer,
      unknownFields: typeof unknownFields === 'string' ? unknownFields : undefined,
      body: request.body,
      signed: context?.request,
      error,
    },
  };
}

/** Of a header that may be malformed in another place. */
function readConsumerKey(authorization: string): string | undefined {
  const given = /oauth_consumer_key="([^"]{1,200})"/.exec(authorization)?.[1];
  try {
    return given === undefined ? undefined : decodeURIComponent(given);
  } catch {
    return undefined;
  }
}

function addTo(waiting: Map<string, Waiting[]>, request: Waiting): void {
  const caller = request.clientId === undefined ? `key ${request.consumerKey}` : `client ${request.clientId}`;
  const of = waiting.get(caller) ?? [];
  if (!waiting.has(caller) && waiting.size >= MAX_CALLERS) return;
  waiting.set(caller, of);
  of.push(request);
  if (of.length > KEPT_REQUESTS) of.shift();
}

/** Writes what waits; one write at a time. */
function writeInTurn(waiting: Map<string, Waiting[]>, network: Recorded): () => Promise<void> {
  let last = Promise.resolve();
  const write = async (): Promise<void> => {
    if (waiting.size === 0) return;
    const callers = [...waiting.values()];
    waiting.clear();
    const known = [];
    for (const requests of callers) {
      const clientId = requests[0]?.clientId ?? (await findOwner(requests[0]?.consumerKey, network));
      if (clientId !== undefined) known.push(...requests.map(({ seen }) => ({ clientId, seen })));
    }
    known.sort((one, other) => one.seen.receivedAt.getTime() - other.seen.receivedAt.getTime());
    const records = [];
    for (const { clientId, seen } of known) records.push({ clientId, record: await recordOf(seen, network) });
    if (records.length > 0) await keepRecords(network.pool, records);
  };
  return () => {
    last = last.catch(() => {}).then(write);
    return last;
  };
}

/** Who uses the consumer key of a request that was refused before its signature was verified. Anybody can send it. */
async function findOwner(consumerKey: string | undefined, { pool }: Recorded): Promise<string | undefined> {
  return consumerKey === undefined ? undefined : (await findClientByConsumerKey(pool, consumerKey))?.clientId;
}

function recordOf(seen: SeenRequest, { config, keys, clock }: Recorded) {
  const decryption = { keys, clock, tracing: NO_TRACING };
  return buildRecord(seen, {
    publicUrl: config.publicUrl,
    decrypt: (jwe, pointer) => decryptBody(jwe, { network: decryption, pointer }),
  });
}
