/** Requests made from the OpenAPI document: each operation, with its examples and with changed ones, gets an answer that the document has. */
import type { SignedMethod, TestClient } from '@payment-passkeys/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mutated, text } from './mutations.ts';
import { startTestShop, type TestShop } from './shop.ts';

/** The part of the document that requests are made from. */
interface Described {
  readonly operationId: string;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  /** The body has one content type. */
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly examples?: Examples }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

type Examples = Readonly<Record<string, Example>>;

interface Example {
  readonly value: unknown;
  readonly 'x-encrypted'?: unknown;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly described: Described;
}

interface Request {
  readonly target: string;
  readonly body: unknown;
  /** The value to encrypt into `encryptedData` of the body, if any. */
  readonly plain: unknown;
}

let at: TestShop;
let operations: readonly Operation[];
beforeAll(async () => {
  at = await startTestShop();
  const answer = await fetch(`${at.network.address}/openapi.json`);
  const { paths } = (await answer.json()) as Document; // the network's own document
  const isOfSandbox = ([path]: readonly [path: string, ...unknown[]]) => path.startsWith('/sandbox/');
  // The sandbox's operations come last: an examination changes the answers of other operations.
  operations = Object.entries(paths)
    .sort((one, other) => Number(isOfSandbox(one)) - Number(isOfSandbox(other)))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, described]) => ({ method: method.toUpperCase(), path, described })),
    );
});
afterAll(() => at.network.stop());

/** The runs of each operation. */
const RUNS = { numRuns: process.env.DRILLS ? 300 : 4 };

/** A request of the operation: parameters are any text; the body is an example, as it is or changed. */
function requestOf({ path, described }: Operation): fc.Arbitrary<Request> {
  const { parameters = [], requestBody } = described;
  const [content] = Object.values(requestBody?.content ?? {});
  const examples = Object.values(content?.examples ?? {});
  const values = fc.array(text, { minLength: parameters.length, maxLength: parameters.length });
  const target = values.map((given) => fillIn(path, parameters, given));
  if (examples.length === 0) return fc.record({ target, body: fc.constant(undefined), plain: fc.constant(undefined) });
  const body = fc.constantFrom(...examples).chain((example) => {
    const plain = example['x-encrypted'];
    return fc.tuple(
      fc.oneof(fc.constant(example.value), mutated(example.value)),
      plain === undefined ? fc.constant(undefined) : fc.oneof(fc.constant(plain), mutated(plain)),
    );
  });
  return fc.tuple(target, body).map(([filled, [sent, plain]]) => ({ target: filled, body: sent, plain }));
}

function fillIn(path: string, parameters: Described['parameters'] & object, given: readonly string[]): string {
  const query = new URLSearchParams();
  let filled = path;
  for (const [position, { name, in: place }] of parameters.entries()) {
    const value = (given[position] ?? '').toWellFormed();
    if (place === 'query') query.set(name, value);
    // A segment that is empty or has only dots would make another path.
    else filled = filled.replace(`{${name}}`, () => encodeURIComponent(/^\.*$/.test(value) ? 'x' : value));
  }
  return query.size === 0 ? filled : `${filled}?${query}`;
}

const FORM = 'application/x-www-form-urlencoded';

/** The body as JSON, with a JWE of `plain` where the example has one; or as a form. */
async function write({ body, plain }: Request, type: string, client: TestClient): Promise<string> {
  if (type === FORM) {
    const parameters = new URLSearchParams();
    // Not String(value): a changed value may be an object with a toString of its own.
    for (const [name, value] of Object.entries(body ?? {}))
      parameters.append(name, typeof value === 'string' ? value : JSON.stringify(value));
    return parameters.toString();
  }
  const jwe = plain === undefined ? undefined : await client.encrypt(plain);
  return JSON.stringify(body, (name, value) => (name === 'encryptedData' && jwe !== undefined ? jwe : value)) ?? '';
}

async function send({ method, described }: Operation, request: Request, client: TestClient): Promise<Response> {
  const [type = 'application/json'] = Object.keys(described.requestBody?.content ?? {});
  const hasBody = described.requestBody !== undefined || method === 'POST';
  const body = !hasBody ? '' : await write(request, type, client);
  const isSigned = described.security?.some((scheme) => 'oauth1' in scheme) ?? false;
  return fetch(at.network.address + request.target, {
    method,
    redirect: 'manual',
    headers: {
      origin: at.network.publicUrl,
      ...(hasBody && { 'content-type': type }),
      ...(isSigned && { authorization: await client.sign(request.target, body, method as SignedMethod) }),
    },
    ...(hasBody && { body }),
  });
}

test('an id that PostgreSQL refuses as a text is no session', async () => {
  const operation = operations.find(({ described }) => described.operationId === 'openSession');
  if (operation === undefined) throw new Error('The document has no openSession.');
  const body = { clientId: 'test-bank', authenticationSessionId: '\0', clientSessionId: 'x' };
  const { status } = await send(operation, { target: operation.path, body, plain: undefined }, at.network.client);
  expect(status).toBe(400);
});

test('every answer has a status of the document, and none is a 5xx', async () => {
  expect(operations.length).toBeGreaterThan(20);
  for (const operation of operations) {
    const name = operation.described.operationId;
    const property = fc.asyncProperty(
      requestOf(operation),
      fc.constantFrom(at.network.client, at.shop),
      async (request, client) => {
        const { status } = await send(operation, request, client);
        expect(status, name).toBeLessThan(500);
        expect(Object.keys(operation.described.responses), name).toContain(String(status));
      },
    );
    await fc.assert(property, RUNS);
  }
});
