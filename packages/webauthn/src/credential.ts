/** The JSON that a browser's `PublicKeyCredential.toJSON()` gives (WebAuthn L3 §5.1), read from `unknown` once. */
import { CeremonyError, ensure } from './errors.ts';
import { readTransports, type Transport } from './transports.ts';

/** WebAuthn L3 §7.1 step 25. */
const MAX_CREDENTIAL_ID_BYTES = 1023;
const MAX_RESPONSE_BYTES = 64 * 1024;
/** WebAuthn L3 §5.4.5. */
const ATTACHMENTS: readonly unknown[] = ['platform', 'cross-platform'] satisfies readonly Attachment[];

/** How the authenticator is attached to the device. */
export type Attachment = 'platform' | 'cross-platform';

interface Credential {
  readonly id: string;
  readonly credentialId: Buffer;
  /** As the browser serialised it: these bytes were hashed. */
  readonly clientData: Buffer;
}

export interface ReadRegistration extends Credential {
  readonly attestationObject: Buffer;
  /** Undefined when the browser does not send it, or sends a value that the specification does not know. */
  readonly attachment: Attachment | undefined;
  readonly transports: Transport[];
  /** `credProps.rk` of the client extension results, unchanged. */
  readonly residentKey: unknown;
}

export interface ReadAssertion extends Credential {
  readonly authenticatorData: Buffer;
  readonly signature: Buffer;
  /** Undefined when the authenticator sent none, which is allowed when `allowCredentials` named the credential. */
  readonly userHandle: Buffer | undefined;
}

/** Reads a RegistrationResponseJSON. Unknown members are ignored. Throws MALFORMED and CREDENTIAL_MISMATCH (`id` is not `rawId`). */
export function readRegistrationCredential(value: unknown): ReadRegistration {
  const { credential, response, common } = readCommon(value);
  const extensions = isRecord(credential.clientExtensionResults) ? credential.clientExtensionResults : {};
  return {
    ...common,
    attestationObject: bytesOf(response.attestationObject),
    attachment: readAttachment(credential.authenticatorAttachment),
    transports: readTransports(response.transports),
    residentKey: isRecord(extensions.credProps) ? extensions.credProps.rk : undefined,
  };
}

/** Reads an AuthenticationResponseJSON. Unknown members are ignored. Throws MALFORMED and CREDENTIAL_MISMATCH (`id` is not `rawId`). */
export function readAssertionCredential(value: unknown): ReadAssertion {
  const { response, common } = readCommon(value);
  const { userHandle } = response;
  return {
    ...common,
    authenticatorData: bytesOf(response.authenticatorData),
    signature: bytesOf(response.signature),
    userHandle: userHandle === undefined || userHandle === null || userHandle === '' ? undefined : bytesOf(userHandle),
  };
}

function readCommon(credential: unknown) {
  ensure(isRecord(credential) && isRecord(credential.response), 'MALFORMED');
  const { id, rawId, type, response } = credential;
  ensure(type === 'public-key' && typeof id === 'string' && typeof rawId === 'string', 'MALFORMED');
  ensure(id === rawId, 'CREDENTIAL_MISMATCH');
  const credentialId = bytesOf(id, MAX_CREDENTIAL_ID_BYTES);
  const members = response as Record<string, unknown>;
  return {
    credential,
    response: members,
    common: { id, credentialId, clientData: bytesOf(members.clientDataJSON) },
  };
}

/** L3 §5.1: an unknown value is treated as null. */
function readAttachment(value: unknown): Attachment | undefined {
  return ATTACHMENTS.includes(value) ? (value as Attachment) : undefined; // it is one of the two
}

function bytesOf(value: unknown, maxBytes: number = MAX_RESPONSE_BYTES): Buffer {
  const bytes = readBase64Url(value, maxBytes);
  if (bytes === undefined) throw new CeremonyError('MALFORMED');
  return bytes;
}

/**
 * Decodes base64url of 1 to `maxBytes` bytes; undefined for anything else. Accepts only the canonical encoding (no padding, no stray bits,
 * no other alphabet), so that a comparison of texts and one of bytes cannot differ.
 */
export function readBase64Url(value: unknown, maxBytes: number = MAX_RESPONSE_BYTES): Buffer | undefined {
  if (typeof value !== 'string' || value.length === 0 || value.length > Math.ceil((maxBytes * 4) / 3)) return undefined;
  const bytes = Buffer.from(value, 'base64url');
  return bytes.toString('base64url') === value ? bytes : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
