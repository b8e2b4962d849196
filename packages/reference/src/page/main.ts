/** `/docs`: Swagger UI shows the network's OpenAPI document, and the calls that are tried in it are encrypted and signed. */
import './colour-scheme.ts';
import { readEncryptionKey } from '../encryption-key.ts';
import { importSigningKey, signAndEncrypt, type WebKey } from '../web-signer.ts';
import { type ApiDocument, isSigned, showPlainExamples } from './document.ts';
import { nameControls } from './name-controls.ts';

/** The part of Swagger UI's interface that is used; its script stands before this one. */
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

let client: { readonly consumerKey: string; readonly privateKey: WebKey } | undefined;

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

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const consumerKey = String(new FormData(form).get('consumerKey')).trim();
  try {
    client = { consumerKey, privateKey: await importSigningKey(pem.value) };
    pem.value = '';
    file.value = '';
    tell(`Calls are signed as ${consumerKey}.`, 'good');
  } catch (error) {
    client = undefined;
    tell(error instanceof Error ? error.message : String(error), 'bad');
  }
});

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

/** The key to sign with has a form of its own above; there is one server. A link inside the button of an operation could not be reached. */
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
    if (client === undefined) {
      tell('That call was not signed: choose a key first.', 'bad');
      return request;
    }
    const signed = await signAndEncrypt({
      request: {
        method,
        url: publicUrl + pathname + search,
        body: typeof request.body === 'string' ? request.body : '',
      },
      client,
      encryptionKey: async () => readEncryptionKey(await (await fetch('/keys/encryption')).json()),
      now: new Date(),
    });
    request.headers.Authorization = signed.authorization;
    if (signed.body !== '') request.body = signed.body;
    return request;
  },
});
