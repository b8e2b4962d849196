/**
 * The requests of the collections, before they get the format of an API client: one request for each step, with path, example and description
 * from the OpenAPI document.
 */
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

/** `x-encrypted` holds what the example's `encryptedData` decrypts to. */
interface DescribedExample {
  readonly value: unknown;
  readonly 'x-encrypted'?: unknown;
}

export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

/** In the texts, `{{name}}` is a variable: every API client uses this notation. */
export interface CollectionRequest {
  readonly folder: string;
  readonly name: string;
  readonly method: string;
  /** Begins with `{{baseUrl}}`. */
  readonly address: string;
  /** Who signs; undefined for a request without a signature. */
  readonly party: 'issuer' | 'merchant' | undefined;
  /** JSON, with a plain `encryptedData`; undefined if there is none. */
  readonly body: string | undefined;
  readonly description: string;
  readonly status: number;
  /** Variables for later requests, as JavaScript expressions over `answer`. */
  readonly saves: Readonly<Record<string, string>>;
}

export interface CollectionVariable {
  readonly name: string;
  /** The value in the demonstration; undefined for a key. */
  readonly value?: string;
  readonly description: string;
}

/** All variables but `baseUrl`, for clients that sign by OAuth 1.0a. */
export const VARIABLES: readonly CollectionVariable[] = [
  { name: 'issuerConsumerKey', value: 'bank!demo-signing-key', description: 'The consumer key of an issuer' },
  { name: 'issuerSigningKey', description: 'Its private key, PEM' },
  { name: 'merchantConsumerKey', value: 'shop!demo-signing-key', description: 'The consumer key of a merchant' },
  { name: 'merchantSigningKey', description: 'Its private key, PEM' },
  { name: 'merchantName', value: 'Tidewick', description: 'A name of the merchant’s registration' },
  {
    name: 'merchantOrigin',
    value: 'http://shop.localhost:4002',
    description: 'An origin of the merchant’s registration',
  },
];

/** Throws if the document lacks the operation or the example of a step. */
export function collectRequests(document: ApiDocument): readonly CollectionRequest[] {
  return STEPS.map((step) => {
    const { method, path, operation } = findOperation(document, step.operation);
    const signed = operation.security?.some((scheme) => 'oauth1' in scheme) ?? false;
    if (signed !== (step.party !== undefined))
      throw new Error(`"${step.name}" has to name its party, if it is signed.`);
    const { folder, name, party, status, saves = {} } = step;
    return {
      folder,
      name,
      method: method.toUpperCase(),
      address: `{{baseUrl}}${path.replaceAll(/\{([^}]+)\}/g, (_match, parameter: string) => `{{${parameter}}}`)}`,
      party,
      body: step.body && JSON.stringify(step.body(exampleOf(operation, step)), null, 2),
      description: [operation.summary, operation.description].filter(Boolean).join('\n\n'),
      status,
      saves,
    };
  });
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
