/** A small website of a bank or a shop, for tests: a start, a callback and a webhook, mounted in Node's own server. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from '@payment-passkeys/issuer/server';
import { type Answer, type Browser, openHttpBrowser } from '@payment-passkeys/web/testing';
import { begunBy, follow, type Party } from './party.ts';

export const START_PATH = '/start';
export const CALLBACK_PATH = '/callback';
export const EVENTS_PATH = '/events';

export interface SmallSite extends Party {
  readonly origin: string;
  /** Sets what the site answers. Until then every request waits. */
  serve(handlers: SiteHandlers): void;
  close(): Promise<void>;
}

export interface SiteHandlers {
  /** Answers 303 to the network, or a page. */
  start(request: Request): Promise<Response>;
  callback(request: Request): Promise<Response>;
  webhook(request: Request): Promise<Response>;
}

export async function openSmallSite(name: string): Promise<SmallSite> {
  const { promise, resolve: serve } = Promise.withResolvers<SiteHandlers>();
  const routes: Readonly<Record<string, keyof SiteHandlers>> = {
    [START_PATH]: 'start',
    [CALLBACK_PATH]: 'callback',
    [EVENTS_PATH]: 'webhook',
  };
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const origin = `http://${name}.localhost:${port}`;
  const handle = async (request: Request) => {
    const route = routes[new URL(request.url).pathname];
    return route === undefined ? new Response(null, { status: 404 }) : (await promise)[route](request);
  };
  server.on('request', toNodeHandler(handle, { origin }));

  const address = `http://127.0.0.1:${port}`;
  const here = openHttpBrowser(address);
  let elsewhere: Browser<Answer> | undefined;
  return {
    origin,
    serve,
    begin: async () => begunBy(await here.post(START_PATH, {}), origin),
    async open(to, where = 'HERE') {
      if (where === 'ELSEWHERE') elsewhere ??= openHttpBrowser(address);
      return follow(where === 'ELSEWHERE' && elsewhere ? elsewhere : here, to);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function page(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

/** 303 to the network, with the kit's cookie. */
export function leave(to: string, cookie: string): Response {
  return new Response(null, { status: 303, headers: { location: to, 'set-cookie': cookie } });
}
