/**
 * Deliveries of events to webhooks (contract §16), signed as Standard Webhooks describes it, with Ed25519 (`v1a`). For the network: {@link
 * signWebhook}, {@link buildWebhookKeySet}. For a receiver: {@link verifyWebhook}, {@link readWebhookKeys}.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import {
  compileSchema,
  epochSeconds,
  WEBHOOK_HEADERS,
  WEBHOOK_SIGNATURE_SCHEME,
  WebhookKeySet,
} from '@payment-passkeys/protocol';
import { ChannelError } from './channel-error.ts';
import { readAnyPrivateKey } from './keys.ts';

export interface WebhookMessage {
  /** The event's id. A repeated delivery has the same id. */
  readonly id: string;
  /** When this attempt was made. */
  readonly sentAt: Date;
  /** The bytes that are sent. */
  readonly body: string;
}

/** The three headers of a delivery. `privateKey` is an Ed25519 key. */
export function signWebhook({ id, sentAt, body }: WebhookMessage, privateKey: KeyObject): Record<string, string> {
  const timestamp = String(epochSeconds(sentAt));
  const signature = sign(null, signedBytes({ id, timestamp, body: Buffer.from(body) }), privateKey);
  return {
    [WEBHOOK_HEADERS.id]: id,
    [WEBHOOK_HEADERS.timestamp]: timestamp,
    [WEBHOOK_HEADERS.signature]: `${WEBHOOK_SIGNATURE_SCHEME},${signature.toString('base64')}`,
  };
}

function signedBytes({
  id,
  timestamp,
  body,
}: {
  readonly id: string;
  readonly timestamp: string;
  readonly body: Buffer;
}) {
  return Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
}

/** A public key that verifies deliveries. */
export interface WebhookKey {
  readonly kid: string;
  readonly publicKey: KeyObject;
}

export interface ReceivedWebhook {
  /** The headers by lower-case name, as Node has them. A header that came several times counts as missing. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes that arrived, before anything has parsed them. */
  readonly body: Buffer;
}

export type WebhookRefusal = 'HEADER_MISSING' | 'TIMESTAMP_OUT_OF_RANGE' | 'SIGNATURE_MISMATCH';

export type WebhookVerdict =
  | { readonly ok: true; readonly id: string; readonly sentAt: Date }
  | { readonly ok: false; readonly code: WebhookRefusal };

/** How far the time of a delivery may differ from the receiver's, before or after. Standard Webhooks proposes five minutes. */
export const WEBHOOK_TOLERANCE_SECONDS = 5 * 60;

/**
 * Verifies a delivery with the network's published keys: at least one of its signatures, over the id, the time and the body, has to be by one of
 * the keys. It does not find a repeated delivery: the caller drops an `id` that it has seen. Never throws for the input of a peer.
 */
export function verifyWebhook({
  received: { headers, body },
  keys,
  now,
}: {
  readonly received: ReceivedWebhook;
  readonly keys: readonly WebhookKey[];
  readonly now: Date;
}): WebhookVerdict {
  const header = (name: string) => (typeof headers[name] === 'string' ? headers[name] : '');
  const id = header(WEBHOOK_HEADERS.id);
  const timestamp = header(WEBHOOK_HEADERS.timestamp);
  const signatures = header(WEBHOOK_HEADERS.signature);
  if (id === '' || signatures === '' || !/^[0-9]{1,12}$/.test(timestamp)) return { ok: false, code: 'HEADER_MISSING' };
  // Written so that an invalid `now` refuses too.
  if (!(Math.abs(Number(timestamp) - epochSeconds(now)) <= WEBHOOK_TOLERANCE_SECONDS)) {
    return { ok: false, code: 'TIMESTAMP_OUT_OF_RANGE' };
  }
  const signed = signedBytes({ id, timestamp, body });
  const genuine = readSignatures(signatures).some((signature) =>
    keys.some(({ publicKey }) => verify(null, signed, publicKey, signature)),
  );
  if (!genuine) return { ok: false, code: 'SIGNATURE_MISMATCH' };
  return { ok: true, id, sentAt: new Date(Number(timestamp) * 1000) };
}

const MAX_SIGNATURES = 10;
const SIGNATURE_BYTES = 64;

/** The Ed25519 signatures of the header; others, such as `v1` of a shared secret, are ignored. */
function readSignatures(header: string): readonly Buffer[] {
  return header
    .split(' ')
    .slice(0, MAX_SIGNATURES)
    .filter((signature) => signature.startsWith(`${WEBHOOK_SIGNATURE_SCHEME},`))
    .map((signature) => Buffer.from(signature.slice(WEBHOOK_SIGNATURE_SCHEME.length + 1), 'base64'))
    .filter(({ length }) => length === SIGNATURE_BYTES);
}

const keySetSchema = compileSchema(WebhookKeySet);

/** The key set that is served at WEBHOOK_KEYS_PATH. */
export function buildWebhookKeySet(keys: readonly WebhookKey[]): WebhookKeySet {
  return {
    keys: keys.map(({ kid, publicKey }) => {
      const { x = '' } = publicKey.export({ format: 'jwk' });
      return { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' };
    }),
  };
}

/** Reads a parsed {@link WebhookKeySet}; undefined if `json` is not one. Never throws. */
export function readWebhookKeys(json: unknown): readonly WebhookKey[] | undefined {
  if (!keySetSchema.accepts(json)) return undefined;
  try {
    return json.keys.map(({ kid, kty, crv, x }) => ({
      kid,
      publicKey: createPublicKey({ key: { kty, crv, x }, format: 'jwk' }),
    }));
  } catch {
    return undefined;
  }
}

/** A new Ed25519 key, as PKCS#8 in PEM. */
export function generateWebhookKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Reads an Ed25519 private key from a PEM text, as {@link readAnyPrivateKey} does. @throws {ChannelError} KEY_UNREADABLE, KEY_TYPE_NOT_ALLOWED */
export function readWebhookPrivateKey(pem: string): KeyObject {
  const key = readAnyPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519')
    throw new ChannelError('KEY_TYPE_NOT_ALLOWED', 'A key that signs deliveries is an Ed25519 key.');
  return key;
}
