/** A small website of a bank or a shop, for tests: a start, a callback and a webhook, mounted in Node's own server. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBrowserCookie, toNodeHandler } from '@payment-passkeys/issuer/server';
import { BINDING_SEARCHES_PATH } from '@payment-passkeys/protocol';
import type { ExaminedRole } from '@payment-passkeys/protocol/sandbox';
import type { TestClient } from '@payment-passkeys/testkit';
import { type Answer, type Browser, openHttpBrowser } from '@payment-passkeys/web/testing';
import { begunBy, follow, type Party } from './party.ts';

const START_PATH = '/start';
export const CALLBACK_PATH = '/callback';
export const EVENTS_PATH = '/events';

/** A fault that a bank and a shop can both have. */
export type SiteFault =
  /** Answers 500 to every event. */
  | 'REFUSES_EVENTS'
  /** Answers 204 to every event, whoever signed it. */
  | 'TAKES_ANY_EVENT'
  /** Searches for bindings by a card number in clear. */
  | 'SENDS_CARD_NUMBER';

/** A bank or a shop on such a site. */
export interface SmallParty<Fault extends string> extends Party {
  readonly client: TestClient;
  readonly role: ExaminedRole;
  /** Undefined: the party has no fault. */
  fault: Fault | SiteFault | undefined;
  close(): Promise<void>;
}

export interface SmallSite {
  readonly origin: string;
  /** Sets what the site answers. Until then every request waits. */
  serve<Fault extends string>(business: Business): SmallParty<Fault>;
}

/** What differs between a bank and a shop. `browser` is the kit's cookie. */
export interface Business extends Pick<SmallParty<string>, 'client' | 'role' | 'close'> {
  /** The number of its card. */
  readonly pan: string;
  /** Answers 303 to the network, or a page. */
  start(browser: string | undefined): Promise<Response>;
  /** Answers the text of the page. The kit throws if the network did not answer: a reload completes what was begun. */
  receive(url: string, browser: string | undefined): Promise<string>;
  webhook(request: Request): Promise<Response>;
}

type Route = (request: Request, browser: string | undefined) => Promise<Response>;

export async function openSmallSite(name: string): Promise<SmallSite> {
  const { promise: routes, resolve: setRoutes } = Promise.withResolvers<Readonly<Record<string, Route>>>();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const origin = `http://${name}.localhost:${port}`;
  const handle = async (request: Request) => {
    const route = (await routes)[new URL(request.url).pathname];
    const browser = readBrowserCookie(request.headers.get('cookie'));
    return route === undefined ? new Response(null, { status: 404 }) : route(request, browser);
  };
  server.on('request', toNodeHandler(handle, { origin }));

  const address = `http://127.0.0.1:${port}`;
  const here = openHttpBrowser(address);
  let elsewhere: Browser<Answer> | undefined;
  return {
    origin,
    serve<Fault extends string>({ client, role, pan, start, receive, webhook, close }: Business) {
      const party: SmallParty<Fault> = {
        client,
        role,
        fault: undefined,
        begin: async () => begunBy(await here.post(START_PATH, {}), origin),
        async open(to, where = 'HERE') {
          if (where === 'ELSEWHERE') elsewhere ??= openHttpBrowser(address);
          return follow(where === 'ELSEWHERE' && elsewhere ? elsewhere : here, to);
        },
        async close() {
          server.closeAllConnections();
          await new Promise((resolve) => server.close(resolve));
          await close();
        },
      };
      setRoutes({
        async [START_PATH](_request, browser) {
          if (party.fault === 'SENDS_CARD_NUMBER') {
            const body = JSON.stringify({ accountReference: { primaryAccountNumber: pan } });
            await client.send({ path: BINDING_SEARCHES_PATH, body });
          }
          return start(browser);
        },
        async [CALLBACK_PATH](request, browser) {
          return page(await receive(request.url, browser).catch(() => 'Please load this page again.'));
        },
        async [EVENTS_PATH](request) {
          if (party.fault === 'REFUSES_EVENTS') return new Response(null, { status: 500 });
          if (party.fault === 'TAKES_ANY_EVENT') return new Response(null, { status: 204 });
          return webhook(request);
        },
      });
      return party;
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
