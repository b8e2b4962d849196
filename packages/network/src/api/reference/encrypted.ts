/** The objects that requests carry encrypted, as schemas of the OpenAPI document. */
import {
  BindingSearchInfo,
  BindingTransactionInfo,
  CardTransactionInfo,
  InstrumentSessionInfo,
  ReplacementInfo,
  SrcSessionInitiationRequestInfo,
  StatusUpdateInfo,
} from '@payment-passkeys/protocol';
import type { TSchema } from 'typebox';

/** The schemas, by name. */
export const ENCRYPTED_OBJECTS: Readonly<Record<string, TSchema>> = {
  SrcSessionInitiationRequestInfo,
  InstrumentSessionInfo,
  CardTransactionInfo,
  BindingTransactionInfo,
  BindingSearchInfo,
  StatusUpdateInfo,
  ReplacementInfo,
};

/** The encrypted objects of each operation, by its id. */
const OF_OPERATION: Readonly<Record<string, readonly (keyof typeof ENCRYPTED_OBJECTS)[]>> = {
  startSession: [
    'SrcSessionInitiationRequestInfo',
    'InstrumentSessionInfo',
    'CardTransactionInfo',
    'BindingTransactionInfo',
  ],
  searchBindings: ['BindingSearchInfo'],
  updateBindingStatus: ['StatusUpdateInfo'],
  replaceAccount: ['ReplacementInfo'],
};

/** Says in the schema of each `encryptedData` what the JWE holds (JSON Schema's `contentMediaType` and `contentSchema`). */
export function describeEncrypted(operation: unknown): void {
  if (!isObject(operation) || typeof operation.operationId !== 'string') return;
  const names = OF_OPERATION[operation.operationId];
  if (names === undefined) return;
  const references = names.map((name) => ({ $ref: `#/components/schemas/${name}` }));
  const contentSchema = references.length === 1 ? references[0] : { anyOf: references };
  for (const properties of findProperties(operation.requestBody)) {
    if (!isObject(properties.encryptedData)) continue;
    Object.assign(properties.encryptedData, {
      description:
        'A compact JWE (RFC 7516): RSA-OAEP-256 with A128GCM or A256GCM, to a key of GET /keys/encryption, `kid` in its header.',
      contentMediaType: 'application/jose',
      contentSchema,
    });
  }
}

function findProperties(value: unknown): readonly Record<string, unknown>[] {
  if (!isObject(value)) return [];
  const own = isObject(value.properties) ? [value.properties] : [];
  return [...own, ...Object.values(value).flatMap(findProperties)];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
