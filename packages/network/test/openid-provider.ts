/** A real OpenID provider (oidc-provider) on loopback. A test chooses who signs in there, and changes the claims of the ID tokens. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
// @ts-expect-error: it has no types
import Provider from 'oidc-provider';

export interface TestProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Claims of each person, by the name that they sign in with. */
  readonly people: Map<string, Readonly<Record<string, unknown>>>;
  /** Changes the claims of an ID token before it is signed again. */
  tamper: ((claims: JWTPayload) => JWTPayload) | undefined;
  /** Signs the changed tokens with a key that the provider does not publish. */
  foreignKey: boolean;
  stop(): Promise<void>;
}

const ALGORITHM = 'RS256';
const KEY_ID = 'test';

export async function startOpenIdProvider(redirectUri: string): Promise<TestProvider> {
  const keys = await generateKeyPair(ALGORITHM, { extractable: true });
  const foreign = await generateKeyPair(ALGORITHM);
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  const server = createServer((request, response) => handle(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`; // it listens on TCP
  const [clientId, clientSecret] = ['console', 'a-secret-that-only-the-test-knows'];
  const people: TestProvider['people'] = new Map();
  const test: TestProvider = {
    issuer,
    clientId,
    clientSecret,
    people,
    tamper: undefined,
    foreignKey: false,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    jwks: { keys: [{ ...(await exportJWK(keys.privateKey)), kid: KEY_ID, alg: ALGORITHM, use: 'sig' }] },
    cookies: { keys: ['for the test alone'] },
    claims: { openid: ['sub'], profile: ['name', 'groups'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, ...people.get(id) }),
    }),
    // Skips the page that asks for consent.
    loadExistingGrant: async (context: {
      readonly oidc: { readonly client: { clientId: string }; readonly session: { accountId: string } };
    }) => {
      const grant = new provider.Grant({
        clientId: context.oidc.client.clientId,
        accountId: context.oidc.session.accountId,
      });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
  });
  provider.use(async (context: { path: string; body?: { id_token?: string } }, next: () => Promise<void>) => {
    await next();
    const token = context.body?.id_token;
    if (context.path !== '/token' || token === undefined || test.tamper === undefined) return;
    const key = test.foreignKey ? foreign.privateKey : keys.privateKey;
    const signed = new SignJWT(test.tamper(decodeJwt(token))).setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID });
    context.body = { ...context.body, id_token: await signed.sign(key) };
  });
  handle = provider.callback();
  return test;
}

/** A person's browser at the provider: signs in as `person` when asked, and returns the address of the console that it is sent back to. */
export function createProviderBrowser(): {
  follow(address: string, person: string): Promise<{ readonly callback: string; readonly asked: boolean }>;
} {
  const cookies = new Map<string, string>();
  const ask = async (address: string, body?: URLSearchParams) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, {
      redirect: 'manual',
      headers: { cookie },
      ...(body && { method: 'POST', body }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return response;
  };
  return {
    follow: async (first, person) => {
      const { origin } = new URL(first);
      let [address, asked] = [first, false];
      for (let step = 0; step < 10; step++) {
        let response = await ask(address);
        if (response.status === 200) {
          asked = true;
          response = await ask(address, new URLSearchParams({ prompt: 'login', login: person, password: 'any' }));
        }
        const location = response.headers.get('location');
        if (location === null) throw new Error(`The provider answers ${response.status}.`);
        address = new URL(location, address).href;
        if (new URL(address).origin !== origin) return { callback: address, asked };
      }
      throw new Error('The provider sends the browser in a circle.');
    },
  };
}
