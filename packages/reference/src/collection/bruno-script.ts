/**
 * The script of the Bruno collection, before each request: sets `now` and `newId`, encrypts the body's `encryptedData`, and signs, if the
 * request's Authorization header is `OAuth issuer` or `OAuth merchant`. By OAuth 2.0 if that party has a client id, otherwise by OAuth 1.0a.
 * Bundled into a module of the collection.
 *
 * Bruno runs it in Node ("developer mode"), where WebCrypto signs, or in an interpreter ("safe mode"), where node-forge signs with random
 * numbers of `crypto.getRandomValues`.
 */
import { type EncryptionJwk, readEncryptionKey } from '../encryption-key.ts';
import type { PlainRequest } from '../outgoing.ts';
import { encryptBody, importSigningKey, signAndEncrypt as signByWebCrypto } from '../web-signer.ts';
import { createTokenClient, importAssertionKey } from '../web-tokens.ts';
import { withBigInt } from './big-numbers.ts';
import { signAndEncrypt as signByForge } from './forge-signer.ts';
import { KEYS_PATH, PARTY, randomUuid } from './request-parts.ts';

/** The part of Bruno's scripting interface that is used. */
interface BrunoApi {
  readonly bru: {
    /** Leaves `{{name}}` as it is if there is no such variable. */
    interpolate(text: string): string;
    setVar(name: string, value: string): void;
    sendRequest(request: {
      readonly method: 'GET' | 'POST';
      readonly url: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly data?: string;
      readonly validateStatus?: () => true;
    }): Promise<{ readonly data: unknown; readonly headers: Readonly<Record<string, string | undefined>> }>;
  };
  readonly req: {
    getMethod(): string;
    getUrl(): string;
    setUrl(url: string): void;
    getHeader(name: string): string | undefined;
    setHeader(name: string, value: string): void;
    getBody(options: { readonly raw: true }): unknown;
    setBody(body: string, options: { readonly raw: true }): void;
  };
}

/** Throws with a sentence for the developer. */
export default async function beforeRequest(api: BrunoApi): Promise<void> {
  const { bru, req } = api;
  const now = new Date();
  bru.setVar('now', now.toISOString());
  bru.setVar('newId', randomUuid());
  const url = bru.interpolate(req.getUrl());
  req.setUrl(toReach(url));
  const party = PARTY.exec(req.getHeader('Authorization') ?? '')?.[1];
  if (party === undefined) return;
  const typed = req.getBody({ raw: true });
  const request = { method: req.getMethod(), url, body: typeof typed === 'string' ? bru.interpolate(typed) : '' };
  const { headers, body } = await authenticate(api, { party, request, now });
  for (const [name, value] of Object.entries(headers)) req.setHeader(name, value);
  if (body !== '') req.setBody(body, { raw: true });
}

interface Call {
  readonly party: string;
  readonly request: PlainRequest;
  readonly now: Date;
}

interface Authenticated {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function authenticate(api: BrunoApi, call: Call): Promise<Authenticated> {
  const { party } = call;
  const value = (name: string) => readVariable(api, `${party}${name}`);
  const [clientId, oauth2Key] = [value('ClientId'), value('Oauth2Key')];
  if (clientId && oauth2Key) return byToken(api, { ...call, clientId, pem: oauth2Key });
  const [consumerKey, privateKey] = [value('ConsumerKey'), value('SigningKey')];
  if (consumerKey && privateKey) return bySignature(api, { ...call, client: { consumerKey, privateKey } });
  throw new Error(
    `Set the variables ${party}ConsumerKey and ${party}SigningKey, or for OAuth 2.0 ${party}ClientId and ${party}Oauth2Key. The keys are PEM.`,
  );
}

async function bySignature(
  api: BrunoApi,
  options: Call & { readonly client: { readonly consumerKey: string; readonly privateKey: string } },
): Promise<Authenticated> {
  const { request, client, now } = options;
  const { authorization, body } = hasWebCrypto()
    ? await signByWebCrypto({
        request,
        client: { ...client, privateKey: await importSigningKey(client.privateKey) },
        encryptionKey: () => readNetworkKey(api),
        now,
      })
    : await signInterpreted(api, { request, client, now });
  return { headers: { Authorization: authorization }, body };
}

async function signInterpreted(api: BrunoApi, options: Omit<Parameters<typeof signByForge>[0], 'keySet'>) {
  const keySet = options.request.body === '' ? undefined : await readKeySet(api);
  return withBigInt(() => signByForge({ ...options, keySet }));
}

/** Each request has a DPoP key and a token of its own: Bruno keeps nothing in memory between two scripts. */
async function byToken(
  api: BrunoApi,
  options: Call & { readonly clientId: string; readonly pem: string },
): Promise<Authenticated> {
  if (!hasWebCrypto())
    throw new Error(
      'OAuth 2.0 needs WebCrypto, which only the developer mode has: set it in the collection’s settings.',
    );
  const { request, clientId, pem, now } = options;
  const issuer = baseUrl(api);
  const tokenEndpoint = `${issuer}/oauth2/token`;
  const tokens = await createTokenClient({
    clientId,
    key: await importAssertionKey(pem),
    issuer,
    tokenEndpoint,
    postForm: async (form, proof) => {
      const { data, headers } = await api.bru.sendRequest({
        method: 'POST',
        url: toReach(tokenEndpoint),
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', DPoP: proof },
        data: form.toString(),
        validateStatus: () => true, // the first answer is 400 with a nonce
      });
      return { nonce: headers['dpop-nonce'] ?? null, body: data };
    },
    clock: () => now,
  });
  const { authorization, dpop } = await tokens.authorize(request);
  const body = await encryptBody(request.body, () => readNetworkKey(api));
  return { headers: { Authorization: authorization, DPoP: dpop }, body };
}

async function readNetworkKey(api: BrunoApi): Promise<EncryptionJwk> {
  return readEncryptionKey(await readKeySet(api));
}

async function readKeySet(api: BrunoApi): Promise<unknown> {
  return (await api.bru.sendRequest({ method: 'GET', url: toReach(baseUrl(api) + KEYS_PATH) })).data;
}

function baseUrl(api: BrunoApi): string {
  return readVariable(api, 'baseUrl') ?? '';
}

/** Names below `localhost` are the machine itself (RFC 6761 §6.3). Node asks the system's resolver for them, and some do not know them. */
function toReach(url: string): string {
  return url.replace(/^(https?:\/\/)[^/:]+\.localhost(?=[:/]|$)/, '$1127.0.0.1');
}

function readVariable({ bru }: BrunoApi, name: string): string | undefined {
  const variable = `{{${name}}}`;
  const value = bru.interpolate(variable);
  return value === variable ? undefined : value;
}

function hasWebCrypto(): boolean {
  return typeof crypto === 'object' && typeof crypto.subtle === 'object';
}
