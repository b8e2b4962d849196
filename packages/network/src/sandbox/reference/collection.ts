/**
 * The collection for API clients: Postman's format 2.1, which Postman and Newman run. Bruno and Insomnia import its requests. Made from the OpenAPI
 * document: a request for each step below, with the document's example. Its script signs and encrypts.
 */
import { readFileSync } from 'node:fs';
import { type Example, STEPS, type Step } from './collection-steps.ts';

interface Described {
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly requestBody?: DescribedBody;
  readonly responses: Readonly<Record<string, unknown>>;
}

interface DescribedBody {
  readonly content?: { readonly 'application/json'?: { readonly examples?: Record<string, DescribedExample> } };
}

/** The extension holds what the example's `encryptedData` decrypts to. */
interface DescribedExample {
  readonly value: unknown;
  readonly 'x-encrypted'?: unknown;
}

export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

const SCHEMA = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';

const SCRIPT = new URL('../../../../reference/dist/collection-script.js', import.meta.url);

/** Throws if the document lacks the operation or the example of a step, and if the script (packages/reference) is not built. */
export function buildCollection(document: ApiDocument): object {
  const [server] = document.servers;
  const script = readFileSync(SCRIPT, 'utf8');
  const folders = Map.groupBy(STEPS, ({ folder }) => folder);
  return {
    info: { name: document.info.title, schema: SCHEMA, description: DESCRIPTION },
    item: [...folders].map(([name, steps]) => ({ name, item: steps.map((step) => buildRequest(document, step)) })),
    event: [{ listen: 'prerequest', script: { type: 'text/javascript', exec: script.trim().split('\n') } }],
    variable: [
      { key: 'baseUrl', value: server?.url ?? '' },
      ...VARIABLES.map(([key, description]) => ({ key, value: DEFAULTS[key] ?? '', description })),
    ],
  };
}

const DESCRIPTION = [
  'Signed and encrypted by a script of the collection: `encryptedData` is written in plain form, and the script puts a JWE in its place.',
  'Set issuerSigningKey and merchantSigningKey to PEM keys of sandbox clients, and run the folders in order.',
  'For a sandbox, with test cards: the script engines of some clients have no secure random numbers.',
].join('\n\n');

const VARIABLES = [
  ['issuerConsumerKey', 'The consumer key of an issuer'],
  ['issuerSigningKey', 'Its private key, PEM'],
  ['merchantConsumerKey', 'The consumer key of a merchant'],
  ['merchantSigningKey', 'Its private key, PEM'],
  ['merchantName', 'A name of the merchant’s registration'],
  ['merchantOrigin', 'An origin of the merchant’s registration'],
] as const;
/** The demonstration's. */
const DEFAULTS: Readonly<Record<string, string>> = {
  issuerConsumerKey: 'bank!demo-signing-key',
  merchantConsumerKey: 'shop!demo-signing-key',
  merchantName: 'Tidewick',
  merchantOrigin: 'http://shop.localhost:4002',
};

function buildRequest(document: ApiDocument, step: Step): object {
  const { method, path, operation } = findOperation(document, step.operation);
  const signed = operation.security?.some((scheme) => 'oauth1' in scheme) ?? false;
  if (signed !== (step.party !== undefined)) throw new Error(`"${step.name}" has to name its party, if it is signed.`);
  const body = step.body && { mode: 'raw', raw: JSON.stringify(step.body(exampleOf(operation, step)), null, 2) };
  const address = path.replaceAll(/\{([^}]+)\}/g, (_match, parameter: string) => `{{${parameter}}}`);
  return {
    name: step.name,
    request: {
      method: method.toUpperCase(),
      header: [
        ...(step.party === undefined ? [] : [{ key: 'Authorization', value: `OAuth ${step.party}` }]),
        ...(body ? [{ key: 'Content-Type', value: 'application/json' }] : []),
      ],
      ...(body && { body: { ...body, options: { raw: { language: 'json' } } } }),
      url: {
        raw: `{{baseUrl}}${address}`,
        host: ['{{baseUrl}}'],
        path: address.split('/').slice(1),
      },
      description: [operation.summary, operation.description].filter(Boolean).join('\n\n'),
    },
    event: [{ listen: 'test', script: { type: 'text/javascript', exec: buildTest(step) } }],
  };
}

/** The lines of the request's test: the expected status, and what later requests need. */
function buildTest({ status, saves = {} }: Step): readonly string[] {
  const saved = Object.entries(saves).map(
    ([variable, expression]) => `pm.collectionVariables.set('${variable}', ${expression});`,
  );
  return [
    `pm.test('answers ${status}', () => pm.expect(pm.response.code, pm.response.text()).to.equal(${status}));`,
    ...(saved.length === 0 ? [] : ['const answer = pm.response.json();', ...saved]),
  ];
}

function findOperation(document: ApiDocument, id: string) {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.operationId === id) return { path, method, operation };
    }
  }
  throw new Error(`The document has no operation ${id}.`);
}

function exampleOf({ requestBody, operationId }: Described, { example }: Step): Example {
  if (example === undefined) return { request: {}, plain: {} };
  const described = requestBody?.content?.['application/json']?.examples?.[example];
  if (described === undefined) throw new Error(`${operationId} has no example "${example}".`);
  return {
    request: { ...(described.value as object) },
    plain: { ...(described['x-encrypted'] as object | undefined) },
  }; // JSON objects
}
