/**
 * The collection's script, before each request: sets `now` and `newId`, encrypts the body's `encryptedData`, and signs, if the request's
 * Authorization header is `OAuth issuer` or `OAuth merchant`. Bundled into the collection.
 */
import { signAndEncrypt } from './forge-signer.ts';
import { KEYS_PATH, PARTY, randomUuid } from './request-parts.ts';

/** The part of Postman's scripting interface that is used. */
interface ScriptingApi {
  readonly request: {
    readonly method: string;
    readonly url: { toString(): string };
    readonly headers: {
      /** A text; in Insomnia an object. */
      get(name: string): string | { readonly value: string } | undefined;
      upsert(header: { readonly key: string; readonly value: string }): void;
    };
    readonly body?: { readonly raw?: string; update(body: { readonly mode: 'raw'; readonly raw: string }): void };
  };
  readonly variables: {
    get(name: string): string | undefined;
    set(name: string, value: string): void;
    replaceIn(text: string): string;
  };
  sendRequest(url: string, callback: (error: unknown, response: { json(): unknown }) => void): void;
}
declare const pm: ScriptingApi;

const now = new Date();
pm.variables.set('now', now.toISOString());
pm.variables.set('newId', randomUuid());
const header = pm.request.headers.get('Authorization');
const party = PARTY.exec((typeof header === 'object' ? header.value : header) ?? '')?.[1];
const address = pm.variables.replaceIn('{{baseUrl}}');
if (party !== undefined && pm.request.body?.raw) {
  pm.sendRequest(address + KEYS_PATH, (error, response) => {
    if (error) throw new Error(`${KEYS_PATH} could not be read: ${error}`);
    send(party, response.json());
  });
} else if (party !== undefined) send(party, undefined);

function send(party: string, keySet: unknown): void {
  const consumerKey = pm.variables.get(`${party}ConsumerKey`);
  const privateKey = pm.variables.get(`${party}SigningKey`);
  if (!consumerKey || !privateKey)
    throw new Error(`Set the variables ${party}ConsumerKey and ${party}SigningKey (PEM) first.`);
  const request = {
    method: pm.request.method,
    url: pm.variables.replaceIn(pm.request.url.toString()),
    body: pm.variables.replaceIn(pm.request.body?.raw ?? ''),
  };
  const signed = signAndEncrypt({ request, client: { consumerKey, privateKey }, keySet, now });
  if (pm.request.body?.raw) pm.request.body.update({ mode: 'raw', raw: signed.body });
  pm.request.headers.upsert({ key: 'Authorization', value: signed.authorization });
}
