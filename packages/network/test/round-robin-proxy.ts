/** A proxy in front of several networks: it marks requests as https, and sends each one to the next network. */
import { once } from 'node:events';
import { Agent, createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface RoundRobinProxy {
  readonly address: string;
  /** For each request, in order: the index of the network that it went to. */
  readonly visits: readonly number[];
  stop(): Promise<void>;
}

const HEALTH_MILLISECONDS = 100;

/**
 * Overwrites the forwarding headers of the caller. Skips a network that is not ready or refuses the connection. Never sends a request
 * twice.
 */
export async function startRoundRobinProxy(networks: readonly string[]): Promise<RoundRobinProxy> {
  const agent = new Agent({ keepAlive: true });
  const visits: number[] = [];
  const ready = networks.map(() => true);
  let turn = 0;
  const health = setInterval(async () => {
    const answers = await Promise.allSettled(networks.map((network) => fetch(`${network}/health/ready`)));
    answers.forEach((answer, place) => {
      ready[place] = answer.status === 'fulfilled' && answer.value.ok;
    });
  }, HEALTH_MILLISECONDS);
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await buffer(incoming);
    for (let tries = 0; tries < networks.length; tries++) {
      const place = turn++ % networks.length;
      if (!ready[place]) continue;
      const answer = await ask({ agent, network: networks[place] ?? '', incoming, body });
      if (answer === 'closed') continue;
      visits.push(place);
      if (answer === 'lost') break;
      return void answer.pipe(outgoing.writeHead(answer.statusCode ?? 502, endToEnd(answer)));
    }
    outgoing.writeHead(502).end();
  };
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing).catch(() => outgoing.destroy()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    address: `http://127.0.0.1:${port}`,
    visits,
    stop: async () => {
      clearInterval(health);
      agent.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function ask(options: {
  readonly agent: Agent;
  readonly network: string;
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
}): Promise<IncomingMessage | 'closed' | 'lost'> {
  const { agent, network, incoming, body } = options;
  // The proxy has its own connection, and sends the body as a whole.
  const { connection: _connection, 'transfer-encoding': _encoding, ...headers } = incoming.headers;
  const forwarded = {
    ...headers,
    'content-length': String(body.length),
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '203.0.113.7',
  };
  return new Promise((resolve) => {
    const { method = 'GET', url = '/' } = incoming;
    forward(new URL(url, network), { agent, method, headers: forwarded }, resolve)
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED' ? 'closed' : 'lost'))
      .end(body);
  });
}

/** RFC 9110 §7.6.1: hop-by-hop headers are not forwarded. */
function endToEnd({ headers }: IncomingMessage) {
  const { connection: _connection, 'keep-alive': _keepAlive, 'transfer-encoding': _encoding, ...rest } = headers;
  return rest;
}
