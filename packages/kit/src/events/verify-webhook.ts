/**
 * Verifies a delivery by Standard Webhooks (https://www.standardwebhooks.com, specification 1.0.0) in its asymmetric scheme, `v1a`:
 * Ed25519 over `<webhook-id>.<webhook-timestamp>.<body>`.
 */
import { type KeyObject, verify } from 'node:crypto';
import { WEBHOOK_HEADERS, WEBHOOK_SIGNATURE_SCHEME } from '@payment-passkeys/protocol';

/** A delivery that was signed longer ago, or later than now, is refused: a recorded one cannot be replayed after that. */
export const WEBHOOK_TOLERANCE_SECONDS = 5 * 60;
/** More signatures than a rotation needs; the rest of the header is not read. */
const MAX_SIGNATURES = 4;
const SIGNATURE_BYTES = 64;

/**
 * - `HEADERS`: one of the three headers is missing or malformed.
 * - `TIMESTAMP`: signed more than five minutes ago, or from now. If it happens for every delivery, this machine's clock is wrong.
 * - `SIGNATURE`: no signature is valid by one of the network's published keys.
 */
export type WebhookRefusal = 'HEADERS' | 'TIMESTAMP' | 'SIGNATURE';

export interface SignedDelivery {
  readonly id: string;
  /** Seconds since the epoch, as text. */
  readonly timestamp: string;
  readonly signatures: readonly Buffer[];
}

/** Reads the headers, and checks the time. `get` returns a header's value, or null. */
export function readDelivery(
  get: (name: string) => string | null,
  now: Date,
): { readonly ok: true; readonly delivery: SignedDelivery } | { readonly ok: false; readonly because: WebhookRefusal } {
  const id = get(WEBHOOK_HEADERS.id) ?? '';
  const timestamp = get(WEBHOOK_HEADERS.timestamp) ?? '';
  const signatures = (get(WEBHOOK_HEADERS.signature) ?? '')
    .split(' ', MAX_SIGNATURES)
    .filter((text) => text.startsWith(`${WEBHOOK_SIGNATURE_SCHEME},`))
    .map((text) => Buffer.from(text.slice(WEBHOOK_SIGNATURE_SCHEME.length + 1), 'base64'))
    .filter(({ length }) => length === SIGNATURE_BYTES);
  if (!/^[\x21-\x7e]{1,128}$/.test(id) || !/^[0-9]{1,12}$/.test(timestamp) || signatures.length === 0) {
    return { ok: false, because: 'HEADERS' };
  }
  const age = Math.abs(now.getTime() / 1000 - Number(timestamp));
  // Written so that an invalid clock (NaN) refuses.
  if (!(age <= WEBHOOK_TOLERANCE_SECONDS)) return { ok: false, because: 'TIMESTAMP' };
  return { ok: true, delivery: { id, timestamp, signatures } };
}

/** Whether one of the signatures is valid by one of the keys. Tries all of them, whatever the first ones say. */
export function isSignedBy(
  { id, timestamp, signatures }: SignedDelivery,
  body: Uint8Array,
  keys: readonly KeyObject[],
): boolean {
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const verdicts = keys.flatMap((key) => signatures.map((signature) => verify(null, signed, key, signature)));
  return verdicts.includes(true);
}
