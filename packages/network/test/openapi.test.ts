/** The API's OpenAPI document: it passes a strict lint, and its examples are what the API takes and answers. */
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileSchema } from '@payment-passkeys/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENCRYPTED_OBJECTS } from '../src/api/reference/encrypted.ts';
import { buildBrunoCollection } from '../src/sandbox/reference/bruno-collection.ts';
import { buildCollection } from '../src/sandbox/reference/collection.ts';
import type { ApiDocument } from '../src/sandbox/reference/collection-requests.ts';
import { type ApiExample, walkThrough, withFixedValues } from './api-examples.ts';
import { lintOpenApi } from './openapi-lint.ts';
import { startTestShop, type TestShop } from './shop.ts';

let at: TestShop;
let document: string;
beforeAll(async () => {
  at = await startTestShop({ PUBLIC_URL: 'https://verify.network.example' });
  document = await (await fetch(`${at.network.address}/openapi.json`)).text();
});
afterAll(() => at.network.stop());

interface Operations {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
}

/** The document's operation for a call: the call `/a/b` belongs to `/a/{id}`. */
function operationOf({ method, path }: ApiExample): string {
  const { paths } = JSON.parse(document) as Operations;
  const matches = (template: string) => new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path);
  const found = Object.entries(paths).find(([template]) => matches(template))?.[1][method.toLowerCase()];
  if (found === undefined) throw new Error(`The document has no ${method} ${path}.`);
  return found.operationId;
}

function nameOfEncrypted(encrypted: unknown): string {
  const found = Object.entries(ENCRYPTED_OBJECTS).find(([, schema]) => compileSchema(schema).accepts(encrypted));
  if (found === undefined) throw new Error('No schema of the document accepts an encrypted object.');
  return found[0];
}

test('the document passes a strict lint, which also checks each example by its schema', async () => {
  expect(await lintOpenApi(document)).toEqual([]);
});

test('its examples are what a walk through every operation sends and receives', async () => {
  const calls = await walkThrough(at);
  const operationsOfCalls = calls.map(operationOf);
  const examples: Record<string, Record<string, unknown>> = {};
  for (const [position, { name, method: _method, path: _path, ...example }] of withFixedValues(calls).entries()) {
    const operation = operationsOfCalls[position] ?? '';
    const { encrypted } = example;
    const described = { ...example, ...(encrypted !== undefined && { encryptedAs: nameOfEncrypted(encrypted) }) };
    examples[operation] = { ...examples[operation], [name]: described };
  }
  const operations = Object.values((JSON.parse(document) as Operations).paths).flatMap((path) => Object.values(path));
  expect(Object.keys(examples).toSorted()).toEqual(operations.map(({ operationId }) => operationId).toSorted());
  await expect(`${JSON.stringify(examples, null, 2)}\n`).toMatchFileSnapshot('../src/api/reference/examples.json');
});

/** The document that `npm start` serves at /openapi.json. */
const documentOfStart = (): ApiDocument => ({
  ...JSON.parse(document),
  servers: [{ url: 'http://verify.localhost:4000' }],
});

test('the collection in docs/ is the one that is made from the document', async () => {
  await expect(`${JSON.stringify(buildCollection(documentOfStart()), null, 2)}\n`).toMatchFileSnapshot(
    '../../../docs/collection/payment-passkeys.postman_collection.json',
  );
});

test('so is the collection in Bruno’s format, and its folder has no other file', async () => {
  const made = buildBrunoCollection(documentOfStart());
  for (const [path, text] of made) {
    await expect(text).toMatchFileSnapshot(`../../../docs/collection/bruno/${path}`);
  }
  const folder = fileURLToPath(new URL('../../../docs/collection/bruno/', import.meta.url));
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(files.filter((file) => !made.has(relative(folder, file)))).toEqual([]);
});
