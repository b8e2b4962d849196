/** The client data: what the browser says about the ceremony (WebAuthn L3 §5.8.1). */
import { timingSafeEqual } from 'node:crypto';
import { isRecord, readBase64Url } from './credential.ts';
import { ensure } from './errors.ts';
import type { CeremonyPolicy } from './policy.ts';

const utf8 = new TextDecoder();
const CEREMONIES = { 'webauthn.create': 'CREATE', 'webauthn.get': 'USE' } as const;

export type ClientDataType = keyof typeof CEREMONIES;

/**
 * Reads the ceremony and the challenge that a credential claims, to find its session. Verifies nothing. Undefined when it cannot be read,
 * or belongs to neither ceremony. Never throws on JSON.
 */
export function readCeremony(
  credential: unknown,
): { readonly ceremony: 'CREATE' | 'USE'; readonly challenge: Buffer } | undefined {
  if (!isRecord(credential) || !isRecord(credential.response)) return undefined;
  const bytes = readBase64Url(credential.response.clientDataJSON);
  const clientData = bytes && readClientData(bytes);
  const challenge = readBase64Url(clientData?.challenge);
  if (clientData === undefined || challenge === undefined || !isCeremonyType(clientData.type)) return undefined;
  return { ceremony: CEREMONIES[clientData.type], challenge };
}

/**
 * Checks the client data against the policy: type, challenge (in constant time), exact origin, and frames of another origin (WebAuthn L3
 * §7.1 steps 5 to 11, §7.2 steps 8 to 14). Throws MALFORMED, WRONG_TYPE, CHALLENGE_MISMATCH, ORIGIN_NOT_ALLOWED, CROSS_ORIGIN. tokenBinding
 * is ignored: Level 3 only reserves the name.
 */
export function checkClientData(
  bytes: Uint8Array,
  expected: { readonly type: ClientDataType; readonly challenge: Uint8Array; readonly policy: CeremonyPolicy },
): void {
  const clientData = readClientData(bytes);
  ensure(clientData !== undefined, 'MALFORMED');
  ensure(clientData.type === expected.type, 'WRONG_TYPE');
  const challenge = readBase64Url(clientData.challenge);
  ensure(challenge !== undefined && equalInConstantTime(challenge, expected.challenge), 'CHALLENGE_MISMATCH');
  ensure(typeof clientData.origin === 'string', 'MALFORMED');
  ensure(expected.policy.origins.includes(clientData.origin), 'ORIGIN_NOT_ALLOWED');
  ensure(isFramedAsAllowed(clientData, expected.policy), 'CROSS_ORIGIN');
}

/** For the same origin, `crossOrigin` is absent or false (the standard). Any other value does not count as the same origin. */
function isFramedAsAllowed(
  { crossOrigin, topOrigin }: Record<string, unknown>,
  policy: Pick<CeremonyPolicy, 'crossOrigin'>,
): boolean {
  if ((crossOrigin === undefined || crossOrigin === false) && topOrigin === undefined) return true;
  if (policy.crossOrigin === 'refused' || crossOrigin !== true) return false;
  return topOrigin === undefined || (policy.crossOrigin.topOrigins as readonly unknown[]).includes(topOrigin);
}

function readClientData(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    // TextDecoder is the standard's "UTF-8 decode": it strips a byte order mark. A browser may add members (Chromium does so at random), so the
    // text is never compared with a template.
    const clientData: unknown = JSON.parse(utf8.decode(bytes));
    return isRecord(clientData) ? clientData : undefined;
  } catch {
    return undefined;
  }
}

function isCeremonyType(type: unknown): type is ClientDataType {
  return typeof type === 'string' && Object.hasOwn(CEREMONIES, type);
}

export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
