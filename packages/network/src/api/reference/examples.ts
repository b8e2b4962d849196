/** The examples of the OpenAPI document: what a walk through every operation sends and receives (test/openapi.test.ts keeps examples.json). */
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

interface DescribedBody {
  readonly content?: { readonly 'application/json'?: { examples?: Record<string, { readonly value: unknown }> } };
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
  for (const [name, { status, request, response }] of Object.entries(EXAMPLES[operationId] ?? {})) {
    if (request !== undefined) addExample(requestBody, name, request);
    addExample(responses[status], name, response);
  }
}

function addExample(described: DescribedBody | undefined, name: string, value: unknown): void {
  const json = described?.content?.['application/json'];
  if (json === undefined) throw new Error(`The example "${name}" has no place in the document.`);
  json.examples = { ...json.examples, [name.replaceAll(' ', '-')]: { value } };
}

export function addEncryptedExamples(schemas: DescribedSchemas): void {
  for (const { encryptedAs, encrypted } of Object.values(EXAMPLES).flatMap((named) => Object.values(named))) {
    const schema = encryptedAs === undefined ? undefined : schemas[encryptedAs];
    if (schema !== undefined) schema.examples = [...(schema.examples ?? []), encrypted];
  }
}
