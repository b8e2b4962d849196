/**
 * The collection for API clients in Postman's format 2.1, made from the OpenAPI document. Postman and Newman run it, and Insomnia imports it. Its
 * script signs and encrypts.
 */
import { readFileSync } from 'node:fs';
import { type ApiDocument, type CollectionRequest, collectRequests, VARIABLES } from './collection-requests.ts';

const SCHEMA = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';

const SCRIPT = new URL('../../../../reference/dist/collection-script.js', import.meta.url);

/** Throws if the document lacks the operation or the example of a step, and if the script (packages/reference) is not built. */
export function buildCollection(document: ApiDocument): object {
  const [server] = document.servers;
  const script = readFileSync(SCRIPT, 'utf8');
  const folders = Map.groupBy(collectRequests(document), ({ folder }) => folder);
  return {
    info: { name: document.info.title, schema: SCHEMA, description: DESCRIPTION },
    item: [...folders].map(([name, requests]) => ({ name, item: requests.map(describeRequest) })),
    event: [{ listen: 'prerequest', script: { type: 'text/javascript', exec: script.trim().split('\n') } }],
    variable: [
      { key: 'baseUrl', value: server?.url ?? '' },
      ...VARIABLES.map(({ name, value = '', description }) => ({ key: name, value, description })),
    ],
  };
}

const DESCRIPTION = [
  'Signed and encrypted by a script of the collection: `encryptedData` is written in plain form, and the script puts a JWE in its place.',
  'Set issuerSigningKey and merchantSigningKey to PEM keys of sandbox clients, and run the folders in order.',
  'For a sandbox, with test cards: the script engines of some clients have no secure random numbers.',
].join('\n\n');

function describeRequest(request: CollectionRequest): object {
  const { name, method, address, party, body, description } = request;
  return {
    name,
    request: {
      method,
      header: [
        ...(party === undefined ? [] : [{ key: 'Authorization', value: `OAuth ${party}` }]),
        ...(body === undefined ? [] : [{ key: 'Content-Type', value: 'application/json' }]),
      ],
      ...(body !== undefined && { body: { mode: 'raw', raw: body, options: { raw: { language: 'json' } } } }),
      url: { raw: address, host: ['{{baseUrl}}'], path: address.split('/').slice(1) },
      description,
    },
    event: [{ listen: 'test', script: { type: 'text/javascript', exec: buildTest(request) } }],
  };
}

/** The lines of the request's test: the expected status, and what later requests need. */
function buildTest({ status, saves }: CollectionRequest): readonly string[] {
  const saved = Object.entries(saves).map(
    ([variable, expression]) => `pm.collectionVariables.set('${variable}', ${expression});`,
  );
  return [
    `pm.test('answers ${status}', () => pm.expect(pm.response.code, pm.response.text()).to.equal(${status}));`,
    ...(saved.length === 0 ? [] : ['const answer = pm.response.json();', ...saved]),
  ];
}
