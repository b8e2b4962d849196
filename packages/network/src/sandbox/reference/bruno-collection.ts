/**
 * The collection for API clients in Bruno's own format: a folder of .bru files, made from the OpenAPI document, and a module that signs and
 * encrypts. Two environments, one for each scheme of signing.
 */
import { readFileSync } from 'node:fs';
import {
  type ApiDocument,
  type CollectionRequest,
  type CollectionVariable,
  collectRequests,
  VARIABLES,
} from './collection-requests.ts';

const SCRIPT = new URL('../../../../reference/dist/bruno-script.js', import.meta.url);

const DESCRIPTION = `A script signs each request, and encrypts \`encryptedData\`, which is written in plain form.

Choose the environment sandbox, set issuerSigningKey and merchantSigningKey to PEM keys of sandbox clients, and run the folders in order. For OAuth 2.0, choose sandbox-oauth2 and the developer mode.

For a sandbox, with test cards.`;

/** The variables for OAuth 2.0, in place of consumer keys and their private keys. */
const OAUTH2_VARIABLES: readonly CollectionVariable[] = [
  { name: 'issuerClientId', value: 'bank', description: 'The client id of an issuer' },
  { name: 'issuerOauth2Key', description: 'The private key of one of its OAuth 2.0 keys, PEM' },
  { name: 'merchantClientId', value: 'shop', description: 'The client id of a merchant' },
  { name: 'merchantOauth2Key', description: 'The private key of one of its OAuth 2.0 keys, PEM' },
  ...VARIABLES.filter(({ name }) => name === 'merchantName' || name === 'merchantOrigin'),
];

/**
 * The texts of the files, by path. Throws if the document lacks the operation or the example of a step, and if the script (packages/reference) is
 * not built.
 */
export function buildBrunoCollection(document: ApiDocument): ReadonlyMap<string, string> {
  const baseUrl = { name: 'baseUrl', value: document.servers[0]?.url ?? '', description: '' };
  const folders = Map.groupBy(collectRequests(document), ({ folder }) => folder);
  return new Map([
    ['bruno.json', describeCollection(document)],
    ['collection.bru', COLLECTION],
    ['sign-and-encrypt.js', readFileSync(SCRIPT, 'utf8')],
    ['environments/sandbox.bru', describeEnvironment([baseUrl, ...VARIABLES])],
    ['environments/sandbox-oauth2.bru', describeEnvironment([baseUrl, ...OAUTH2_VARIABLES])],
    ...[...folders].flatMap(([folder, requests], position) => [
      [`${folder}/folder.bru`, block('meta', pairs({ name: folder, seq: position + 1 }))] as const,
      ...requests.map((request, seq) => [`${folder}/${request.name}.bru`, describeRequest(request, seq + 1)] as const),
    ]),
  ]);
}

function describeCollection({ info }: ApiDocument): string {
  const presets = { defaultEnvironment: 'sandbox' };
  return `${JSON.stringify({ version: '1', name: info.title, type: 'collection', presets }, null, 2)}\n`;
}

const COLLECTION = [
  block('script:pre-request', "await require('./sign-and-encrypt.js')({ bru, req });"),
  block('docs', DESCRIPTION),
].join('\n');

/** Bruno keeps the values of secret variables outside the file. */
function describeEnvironment(variables: readonly CollectionVariable[]): string {
  const plain = variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]));
  const secret = variables.filter(({ value }) => value === undefined).map(({ name }) => `  ${name}`);
  return `${block('vars', pairs(Object.fromEntries(plain)))}vars:secret [\n${secret.join(',\n')}\n]\n`;
}

function describeRequest({ name, method, address, party, body, description, ...test }: CollectionRequest, seq: number) {
  return [
    block('meta', pairs({ name, type: 'http', seq })),
    block(method.toLowerCase(), pairs({ url: address, body: body === undefined ? 'none' : 'json', auth: 'none' })),
    ...(party === undefined ? [] : [block('headers', pairs({ Authorization: `OAuth ${party}` }))]),
    ...(body === undefined ? [] : [block('body:json', body)]),
    block('tests', buildTest(test)),
    block('docs', description),
  ].join('\n');
}

/** The request's test: the expected status, and what later requests need. */
function buildTest({ status, saves }: Pick<CollectionRequest, 'status' | 'saves'>): string {
  const saved = Object.entries(saves).map(([variable, expression]) => `bru.setVar('${variable}', ${expression});`);
  return [
    `test('answers ${status}', () => expect(res.getStatus(), JSON.stringify(res.getBody())).to.equal(${status}));`,
    ...(saved.length === 0 ? [] : ['const answer = res.getBody();', ...saved]),
  ].join('\n');
}

function pairs(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}

/** Every line of a block is indented: a brace at the beginning of a line would end it. */
function block(name: string, content: string): string {
  return `${name} {\n${content.replaceAll(/^(?=.)/gm, '  ')}\n}\n`;
}
