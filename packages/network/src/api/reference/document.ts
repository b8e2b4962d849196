/** The OpenAPI document of the public API: the schemas of Fastify's routes, with the encrypted objects and the webhooks. */
import { EVENT_DATA, EventEnvelope, WEBHOOK_HEADERS } from '@payment-passkeys/protocol';
import Type from 'typebox';
import { describeEncrypted, ENCRYPTED_OBJECTS } from './encrypted.ts';
import { addEncryptedExamples, addExamples, type DescribedOperation, type DescribedSchemas } from './examples.ts';
import { SECURITY_SCHEMES, TAGS } from './groups.ts';

/** For `@fastify/swagger`. `moreTags` are the tags of routes that exist in one mode only. */
export function buildOpenApi(publicUrl: string, moreTags: readonly { name: string; description: string }[]) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Payment passkeys: the network',
      version: '1.0.0',
      summary: 'A cardholder creates one passkey, and approves payments with it at any shop.',
      description:
        'Issuers and merchants start sessions, bind passkeys, and hear what happens. Requests are signed, and their account data is encrypted. Every error is described in docs/errors.md.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: publicUrl }],
    tags: [...TAGS, ...moreTags],
    components: { securitySchemes: SECURITY_SCHEMES, schemas: copy(ENCRYPTED_OBJECTS) },
  };
}

/** Adds the contents of encrypted objects, the examples and the webhooks. `document` is what `app.swagger()` answers. */
export function completeDocument(document: object): object {
  const whole = copy(document) as DocumentOfRoutes; // what @fastify/swagger answers
  const operations = Object.values(whole.paths).flatMap((path) => Object.values(path));
  for (const operation of operations) {
    describeEncrypted(operation);
    addExamples(operation);
  }
  addEncryptedExamples(whole.components.schemas);
  return { ...whole, webhooks: WEBHOOKS };
}

interface DocumentOfRoutes {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: DescribedSchemas };
}

const header = (name: string, description: string) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
});

const HEADERS = [
  header(WEBHOOK_HEADERS.id, 'The event’s id. The same id again is a repeat.'),
  header(WEBHOOK_HEADERS.timestamp, 'Seconds since 1970-01-01 UTC.'),
  header(
    WEBHOOK_HEADERS.signature,
    '`v1a,` and a base64 Ed25519 signature over `<webhook-id>.<webhook-timestamp>.<body>`; several are separated by spaces. Keys: GET /.well-known/webhook-keys.json.',
  ),
];

/** A delivery for each type of event (Standard Webhooks). */
const WEBHOOKS = Object.fromEntries(
  Object.entries(EVENT_DATA).map(([type, data]) => [
    type,
    {
      post: {
        operationId: `on ${type}`.replace(/[ .-]([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
        summary: `The event ${type}`,
        tags: ['clients'],
        security: [],
        parameters: HEADERS,
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: copy(Type.Object({ ...EventEnvelope.properties, type: Type.Literal(type), data })),
            },
          },
        },
        responses: {
          '2XX': { description: 'The event is taken.' },
          410: { description: 'The webhook is switched off: nothing more is posted there.' },
          default: { description: 'The delivery is tried again with growing pauses, for three days.' },
        },
      },
    },
  ]),
);

/** A copy by JSON, which drops what TypeBox keeps beside the schema. */
function copy<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}
