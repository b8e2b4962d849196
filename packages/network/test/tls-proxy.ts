/** A proxy in front of a network, as in production: it adds the headers with the scheme and the address of the caller. */
import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TlsProxy {
  readonly address: string;
  stop(): Promise<void>;
}

export async function startTlsProxy(target: string, scheme = 'https'): Promise<TlsProxy> {
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const said = { ...headers, 'x-forwarded-proto': scheme, 'x-forwarded-for': '203.0.113.7' };
    const onward = forward(new URL(url ?? '/', target), { ...(method && { method }), headers: said }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    address: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
