/** Decrypts the encrypted object of a request (contract §6). */
import { buildDecryptionKey, type Decryption, type DecryptionKey, decryptPayload } from '@payment-passkeys/channel';
import { type CompiledSchema, findSecurityCode } from '@payment-passkeys/protocol';
import type { FastifyReply } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { Config } from '../../platform/config/config.ts';
import { ServiceError, schemaError } from '../../platform/errors/errors.ts';
import { readJson } from '../../platform/http/json-body.ts';
import { noteUnknownFields } from '../../platform/http/unknown-fields.ts';
import type { Tracing } from '../../platform/telemetry/tracing.ts';
import type { KeyFolder } from './key-folder.ts';
import { type EncryptionKey, publishedEncryptionKeys } from './key-ring.ts';

/** What decryption uses of the network. */
export interface DecryptionDependencies {
  readonly keys: KeyFolder;
  readonly tracing: Tracing;
  readonly clock: () => Date;
}

/** `pointer` is the place of the object in the request. Throws {@link ServiceError}. The content is not checked against a schema. */
export async function decryptBody(
  jwe: string,
  { network, pointer }: { readonly network: DecryptionDependencies; readonly pointer: string },
): Promise<unknown> {
  const decryption = await network.tracing.step('decrypt payload', () => decrypt(jwe, network));
  const at = `${pointer}/encryptedData`;
  if (!decryption.ok) {
    if (decryption.code === 'DECRYPTION_FAILED') throw new ServiceError({ code: 'DECRYPTION_FAILED', pointer: at });
    const message = `The payload names a key that is not on offer. On offer: ${decryption.offered.join(', ')}`;
    throw new ServiceError({ code: 'UNKNOWN_KEY_ID', pointer: at, message });
  }
  const content = readJson(decryption.plaintext);
  if (content === undefined) throw new ServiceError({ code: 'MALFORMED_JSON', pointer: at });
  const securityCode = findSecurityCode(content, pointer);
  if (securityCode !== undefined) throw new ServiceError({ code: 'SECURITY_CODE_REFUSED', pointer: securityCode });
  return content;
}

/**
 * Decrypts the `encryptedData` of a body, and checks the object against its schema. Throws {@link ServiceError}. Unknown members are kept; in
 * sandbox mode the reply names them.
 */
export async function readEncryptedBody<Schema extends TSchema>(
  jwe: string,
  {
    network,
    schema,
    reply,
  }: {
    readonly network: DecryptionDependencies & { readonly config: Pick<Config, 'mode'> };
    readonly schema: CompiledSchema<Schema>;
    readonly reply: FastifyReply;
  },
): Promise<Static<Schema>> {
  const content = schema.withoutNulls(await decryptBody(jwe, { network, pointer: '' }));
  if (!schema.accepts(content)) throw schemaError(schema.violations(content), { prefix: '' });
  noteUnknownFields(reply, { value: content, schemas: [schema.schema], pointer: '' }, network.config.mode);
  return content;
}

async function decrypt(jwe: string, network: DecryptionDependencies): Promise<Decryption> {
  const keys = () => publishedEncryptionKeys(network.keys.current(), network.clock()).map(decryptionKey);
  const decryption = await decryptPayload({ jwe, keys: keys() });
  if (decryption.ok || decryption.code !== 'UNKNOWN_KEY_ID') return decryption;
  // Another process of the network may have published a new key a moment ago.
  await network.keys.refresh().catch(() => {}); // housekeeping reports a problem with the folder
  return decryptPayload({ jwe, keys: keys() });
}

const decryptionKeys = new WeakMap<EncryptionKey, DecryptionKey>();

function decryptionKey(key: EncryptionKey): DecryptionKey {
  const known = decryptionKeys.get(key) ?? buildDecryptionKey(key);
  decryptionKeys.set(key, known);
  return known;
}
