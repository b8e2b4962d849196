/**
 * A proxy in front of the network that records requests and answers, holds requests while the network is down, and can cut off an answer.
 */
import { once } from 'node:events';
import { Agent, request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Exchange, WritableHistory } from './history.ts';

/** An answer on its way to the caller. It waits for the returned promise, and is cut off when that rejects. */
export type AnswerGate = (passing: { readonly route: string }) => Promise<void> | undefined;

export interface HttpProxy {
  readonly address: string;
  readonly port: number;
  /** Forwards requests to these addresses in turn from now on, including those that wait. */
  forwardTo(...addresses: readonly string[]): void;
  /** The network is down: running requests are cut off, new ones wait. */
  disconnect(): void;
  stop(): Promise<void>;
}

const LONG_IDS = /\/[\w-]{20,}(?=\/|$)/g;
/** Longer than any test: closing an idle connection could cut off a request that has just been sent. */
const IDLE_MILLISECONDS = 600_000;

export async function startHttpProxy(options: {
  readonly history: WritableHistory;
  readonly gate: AnswerGate;
}): Promise<HttpProxy> {
  const { history, gate } = options;
  let network = Promise.withResolvers<() => Upstream>();
  const underWay = new Set<ServerResponse>();
  const server = createServer({ keepAliveTimeout: IDLE_MILLISECONDS }, async (incoming, response) => {
    const drop = () => response.destroy();
    try {
      const body = await buffer(incoming);
      const next = await network.promise;
      if (response.destroyed) return; // the caller has closed the connection
      underWay.add(response);
      response.once('close', () => underWay.delete(response));
      await relay({ incoming, body, response, upstream: next(), history, gate });
    } catch {
      drop();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    address: `http://127.0.0.1:${port}`,
    port,
    forwardTo: (...addresses) => {
      const next = inTurn(
        addresses.map((address) => ({ address: new URL(address), agent: new Agent({ keepAlive: true }) })),
      );
      network.resolve(next);
      network = Promise.withResolvers();
      network.resolve(next);
    },
    disconnect: () => {
      network = Promise.withResolvers();
      for (const response of underWay) response.destroy();
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Upstream {
  readonly address: URL;
  readonly agent: Agent;
}

function inTurn(upstreams: readonly Upstream[]): () => Upstream {
  let turn = 0;
  return () => {
    const upstream = upstreams[turn++ % upstreams.length];
    if (upstream === undefined) throw new Error('There is no network.');
    return upstream;
  };
}

async function relay(options: {
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  readonly response: ServerResponse;
  readonly upstream: Upstream;
  readonly history: WritableHistory;
  readonly gate: AnswerGate;
}): Promise<void> {
  const { incoming, body, response, upstream, history, gate } = options;
  const exchange = describe(incoming, body);
  const position = history.exchanges.push(exchange) - 1;
  const { answer, bytes } = await send(incoming, body, upstream);
  const received = {
    status: answer.statusCode ?? 0,
    body: readJson(bytes.toString('utf8')),
    retryAfter: answer.headers['retry-after'],
  };
  history.exchanges[position] = { ...exchange, answer: { ...received, heard: false } };
  await gate({ route: exchange.route });
  if (response.destroyed) return;
  history.exchanges[position] = { ...exchange, answer: { ...received, heard: true } };
  response.writeHead(received.status, answer.headers).end(bytes);
}

function describe(incoming: IncomingMessage, body: Buffer): Exchange {
  const { pathname: path } = new URL(incoming.url ?? '', 'http://any.localhost');
  const requestText = body.toString('utf8');
  return {
    at: Date.now(),
    route: `${incoming.method} ${path.replace(LONG_IDS, '/:id')}`,
    path,
    requestHeaders: Object.fromEntries(
      Object.entries(incoming.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    ),
    request: readJson(requestText),
    requestText,
  };
}

function send(incoming: IncomingMessage, body: Buffer, { address, agent }: Upstream) {
  const { method, url: path, headers } = incoming;
  return new Promise<{ readonly answer: IncomingMessage; readonly bytes: Buffer }>((resolve, reject) => {
    const sent = ask({ host: address.hostname, port: address.port, agent, method, path, headers }, (answer) => {
      buffer(answer).then((bytes) => resolve({ answer, bytes }), reject);
    });
    sent.once('error', reject).end(body);
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
