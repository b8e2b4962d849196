/** The client data: what the browser says about the ceremony (WebAuthn L3 §5.8.1). */
import { timingSafeEqual } from 'node:crypto';
import { isRecord, readBase64Url } from './credential.ts';
import { ensure } from './errors.ts';
import type { CeremonyPolicy } from './policy.ts';

const CEREMONIES = { 'webauthn.create': 'CREATE', 'webauthn.get': 'USE' } as const;

export type ClientDataType = keyof typeof CEREMONIES;

/**
 * Reads which ceremony a credential claims to end and the challenge that it answers, to find the session with. Nothing has been
 * verified. Undefined when it cannot be read, or is of neither ceremony; never throws on JSON.
 */
export function readCeremony(
  credential: unknown,
): { readonly ceremony: 'CREATE' | 'USE'; readonly challenge: Buffer } | undefined {
  if (!isRecord(credential) || !isRecord(credential.response)) return undefined;
  const clientData = readClientData(credential.response.clientDataJSON);
  const challenge = readBase64Url(clientData?.challenge);
  if (clientData === undefined || challenge === undefined || !isCeremonyType(clientData.type)) return undefined;
  return { ceremony: CEREMONIES[clientData.type], challenge };
}

/**
 * Holds the client data against the policy: type, challenge (in constant time), exact origin, and no frame of another origin
 * (WebAuthn L3 §7.1 steps 5 to 11, §7.2 steps 8 to 14). Throws MALFORMED, WRONG_TYPE, CHALLENGE_MISMATCH, ORIGIN_NOT_ALLOWED, CROSS_ORIGIN.
 */
export function checkClientData(
  clientDataJSON: string,
  expected: { readonly type: ClientDataType; readonly challenge: Uint8Array; readonly policy: CeremonyPolicy },
): void {
  const clientData = readClientData(clientDataJSON);
  ensure(clientData !== undefined, 'MALFORMED');
  ensure(clientData.type === expected.type, 'WRONG_TYPE');
  const challenge = readBase64Url(clientData.challenge);
  ensure(challenge !== undefined && equalInConstantTime(challenge, expected.challenge), 'CHALLENGE_MISMATCH');
  ensure(typeof clientData.origin === 'string', 'MALFORMED');
  ensure(expected.policy.origins.includes(clientData.origin), 'ORIGIN_NOT_ALLOWED');
  // Absent or false, as the standard has it; whatever else it may be is not read as "same origin".
  ensure(clientData.crossOrigin === undefined || clientData.crossOrigin === false, 'CROSS_ORIGIN');
  ensure(clientData.topOrigin === undefined, 'CROSS_ORIGIN');
  ensure(isTokenBinding(clientData.tokenBinding), 'MALFORMED');
}

function readClientData(clientDataJSON: unknown): Record<string, unknown> | undefined {
  const bytes = readBase64Url(clientDataJSON);
  if (bytes === undefined) return undefined;
  try {
    // TextDecoder is the standard's "UTF-8 decode": it strips a byte order mark. The member names are the browser's to add to
    // (Chromium does so at random), so the text is never compared with a template.
    const clientData: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isRecord(clientData) ? clientData : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Level 3 only reserves the name, so the member means nothing here; the library still insists on Level 2's form, and its complaint
 * would come out as a bad signature. May go once SimpleWebAuthn stops reading it.
 */
function isTokenBinding(value: unknown): boolean {
  return value === undefined || (isRecord(value) && (value.status === 'present' || value.status === 'supported'));
}

function isCeremonyType(type: unknown): type is ClientDataType {
  return typeof type === 'string' && Object.hasOwn(CEREMONIES, type);
}

export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
