/**
 * The collection's script, before each request: sets `now` and `newId`, encrypts the body's `encryptedData`, and signs, if the request's
 * Authorization header is `OAuth issuer` or `OAuth merchant`. Bundled into the collection.
 */
import { signAndEncrypt } from './forge-signer.ts';

/** The part of the scripting API that Postman, Newman, Insomnia and Bruno have in common. */
interface ScriptingApi {
  readonly request: {
    readonly method: string;
    readonly url: { toString(): string };
    readonly headers: {
      get(name: string): string | undefined;
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

const KEYS_PATH = '/keys/encryption';

const now = new Date();
pm.variables.set('now', now.toISOString());
pm.variables.set('newId', randomUuid());
const party = /^OAuth (issuer|merchant)$/.exec(pm.request.headers.get('Authorization') ?? '')?.[1];
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

/** For a session's clientSessionId: its form, and no secret. */
function randomUuid(): string {
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => Math.floor(Math.random() * 16).toString(16));
}
