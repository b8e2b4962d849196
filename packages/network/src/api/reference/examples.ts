/** The examples of the OpenAPI document: requests and answers of every operation. test/openapi.test.ts calls them and compares examples.json. */
import examples from './examples.json' with { type: 'json' };

interface Example {
  readonly status: number;
  readonly request?: unknown;
  /** The object that the request's JWE holds, and the name of its schema. */
  readonly encrypted?: unknown;
  readonly encryptedAs?: string;
  readonly response: unknown;
}

/** By operation, then by name. */
const EXAMPLES: Readonly<Record<string, Readonly<Record<string, Example>>>> = examples;

/** `content` is by media type. A body has one type: JSON, or the form of the token endpoint. */
interface DescribedBody {
  readonly content?: Readonly<Record<string, { examples?: Record<string, DescribedExample> }>>;
}

interface DescribedExample {
  readonly value: unknown;
  /** What the example's `encryptedData` decrypts to. */
  readonly 'x-encrypted'?: unknown;
}

/** The part of an operation that examples are added to. */
export interface DescribedOperation {
  readonly operationId: string;
  readonly requestBody?: DescribedBody;
  readonly responses: Readonly<Record<string, DescribedBody>>;
}

/** The document's schemas, by name. */
export type DescribedSchemas = Readonly<Record<string, { examples?: unknown[] }>>;

/** Throws if an example has no place in the document. */
export function addExamples({ operationId, requestBody, responses }: DescribedOperation): void {
  for (const [name, { status, request, encrypted, response }] of Object.entries(EXAMPLES[operationId] ?? {})) {
    const sent = { value: request, ...(encrypted !== undefined && { 'x-encrypted': encrypted }) };
    if (request !== undefined) addExample(requestBody, name, sent);
    addExample(responses[status], name, { value: response });
  }
}

function addExample(described: DescribedBody | undefined, name: string, example: DescribedExample): void {
  const [body] = Object.values(described?.content ?? {});
  if (body === undefined) throw new Error(`The example "${name}" has no place in the document.`);
  body.examples = { ...body.examples, [name.replaceAll(' ', '-')]: example };
}

export function addEncryptedExamples(schemas: DescribedSchemas): void {
  for (const { encryptedAs, encrypted } of Object.values(EXAMPLES).flatMap((named) => Object.values(named))) {
    const schema = encryptedAs === undefined ? undefined : schemas[encryptedAs];
    if (schema !== undefined) schema.examples = [...(schema.examples ?? []), encrypted];
  }
}
