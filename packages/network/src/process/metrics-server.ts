/** `/metrics` on a port of its own, away from the public one. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';

export interface MetricsServer {
  /** Such as `http://127.0.0.1:9464`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Answers only GET /metrics, with the text of `collect`; with 503 when `collect` fails, so that Prometheus sees `up` = 0. */
export async function serveMetrics(options: {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly collect: () => Promise<string>;
}): Promise<MetricsServer> {
  const { host, port, collect } = options;
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') return response.writeHead(404).end();
    return collect().then(
      (text) => response.writeHead(200, { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE }).end(text),
      () => response.writeHead(503).end(),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const at = server.address() as AddressInfo; // it listens on TCP
  return {
    address: `http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
