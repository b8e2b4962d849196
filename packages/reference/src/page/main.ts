/** `/docs`: Swagger UI shows the network's OpenAPI document, and the calls that are tried in it are encrypted and signed. */
import './colour-scheme.ts';
import { readEncryptionKey } from '../encryption-key.ts';
import type { PlainRequest } from '../outgoing.ts';
import { encryptBody, importSigningKey, signAndEncrypt } from '../web-signer.ts';
import { createTokenClient, importAssertionKey } from '../web-tokens.ts';
import { type ApiDocument, isSigned, showPlainExamples } from './document.ts';
import { nameControls } from './name-controls.ts';

/** The part of Swagger UI's interface that is used. Its script is loaded before this one. */
declare const SwaggerUIBundle: (options: {
  readonly spec: ApiDocument;
  readonly domNode: Element;
  readonly deepLinking: boolean;
  readonly docExpansion: 'list';
  readonly defaultModelsExpandDepth: number;
  readonly validatorUrl: 'none';
  readonly syntaxHighlight: { readonly activated: false };
  readonly plugins: readonly (() => unknown)[];
  readonly requestInterceptor: (request: SwaggerRequest) => Promise<SwaggerRequest>;
}) => unknown;

interface SwaggerRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers: Record<string, string>;
  body?: unknown;
}

/** A call as it is sent, with the headers that authenticate it. */
type Authenticate = (
  request: PlainRequest,
) => Promise<{ readonly headers: Record<string, string>; readonly body: string }>;

let authenticate: Authenticate | undefined;

function find<Kind extends Element>(selector: string, kind: new () => Kind): Kind {
  const found = document.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`The page has no ${selector}.`);
  return found;
}

const form = find('#key-form', HTMLFormElement);
const state = find('#key-state', HTMLOutputElement);
const file = find('input[type=file]', HTMLInputElement);
const pem = find('textarea[name=pem]', HTMLTextAreaElement);

file.addEventListener('change', async () => {
  pem.value = (await file.files?.[0]?.text()) ?? '';
});

const name = find('input[name=name]', HTMLInputElement);
const nameLabel = find('#name-label', HTMLElement);
const schemeOf = () => String(new FormData(form).get('scheme'));

form.addEventListener('change', () => {
  nameLabel.textContent = schemeOf() === 'OAUTH2' ? 'Client id' : 'Consumer key';
});

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const client = name.value.trim();
  try {
    authenticate = await (schemeOf() === 'OAUTH2' ? byToken(client, pem.value) : bySignature(client, pem.value));
    pem.value = '';
    file.value = '';
    tell(`Calls are signed as ${client}.`, 'good');
  } catch (error) {
    authenticate = undefined;
    tell(sentenceOf(error), 'bad');
  }
});

async function bySignature(consumerKey: string, text: string): Promise<Authenticate> {
  const privateKey = await importSigningKey(text);
  return async (request) => {
    const client = { consumerKey, privateKey };
    const { authorization, body } = await signAndEncrypt({ request, client, encryptionKey, now: new Date() });
    return { headers: { Authorization: authorization }, body };
  };
}

async function byToken(clientId: string, text: string): Promise<Authenticate> {
  const tokens = await createTokenClient({
    clientId,
    key: await importAssertionKey(text),
    issuer: publicUrl,
    tokenEndpoint: `${publicUrl}/oauth2/token`,
    postForm: async (form, proof) => {
      const answer = await fetch('/oauth2/token', { method: 'POST', headers: { DPoP: proof }, body: form });
      return { nonce: answer.headers.get('dpop-nonce'), body: await answer.json() };
    },
    clock: () => new Date(),
  });
  return async ({ method, url, body }) => {
    const { authorization, dpop } = await tokens.authorize({ method, url });
    return { headers: { Authorization: authorization, DPoP: dpop }, body: await encryptBody(body, encryptionKey) };
  };
}

async function encryptionKey() {
  return readEncryptionKey(await (await fetch('/keys/encryption')).json());
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function tell(text: string, kind: 'good' | 'bad'): void {
  state.textContent = text;
  state.className = kind;
}

const answer = await fetch('/openapi.json');
const api: ApiDocument = await answer.json(); // the network's own
const publicUrl = api.servers[0]?.url ?? location.origin;
showPlainExamples(api, { now: new Date(), newId: () => crypto.randomUUID() });
// The page calls its own origin, which may be another name of the network; the signature covers the public one.
api.servers = [{ url: location.origin }];

/**
 * Removes what the page does not need: it has a form of its own for the key, and there is only one server. A link inside an operation's button
 * becomes text, because nobody can reach it.
 */
const nothing = () => () => null;
const textAlone = () => (link: { readonly text: string }) => link.text;
const withoutOwnControls = () => ({
  wrapComponents: {
    authorizeBtn: nothing,
    authorizeOperationBtn: nothing,
    ServersContainer: nothing,
    DeepLink: textAlone,
  },
});

nameControls(find('#reference', HTMLElement));
SwaggerUIBundle({
  spec: api,
  domNode: find('#reference', HTMLElement),
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  validatorUrl: 'none',
  syntaxHighlight: { activated: false },
  plugins: [withoutOwnControls],
  requestInterceptor: async (request) => {
    const { pathname, search } = new URL(request.url, location.origin);
    const method = (request.method ?? 'GET').toUpperCase();
    if (!isSigned(api, { method, path: pathname })) return request;
    if (authenticate === undefined) {
      tell('That call was not signed: choose a key first.', 'bad');
      return request;
    }
    const body = typeof request.body === 'string' ? request.body : '';
    try {
      const sent = await authenticate({ method, url: publicUrl + pathname + search, body });
      Object.assign(request.headers, sent.headers);
      if (sent.body !== '') request.body = sent.body;
    } catch (error) {
      tell(sentenceOf(error), 'bad');
      throw error;
    }
    return request;
  },
});
