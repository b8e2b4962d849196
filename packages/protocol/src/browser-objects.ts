/**
 * Reads objects from a browser, or from a password manager that replaces its functions. A member of such an object may be missing or may
 * throw ("Illegal invocation"), even when its prototype is `PublicKeyCredential`. Imports nothing; runs in a browser.
 */

/** The result of `read`, or undefined if it throws. Use it for optional features that a browser may lack. */
export function readOptional<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/**
 * The JSON form of a credential from `navigator.credentials` or a PaymentResponse: RegistrationResponseJSON or AuthenticationResponseJSON
 * (WebAuthn L3 §5.1). It is built from the credential's buffers. `toJSON()` is called only if a required buffer cannot be read: Chromium
 * before 129 and Safari before 18.4 do not have it, and some password managers lack or break it. Optional members that cannot be read are
 * left out. Does not check the content. If `toJSON()` fails too, throws the error of reading the buffers.
 */
export function credentialToJson(given: unknown): unknown {
  const credential = given as Partial<GivenCredential>; // every member is tried
  try {
    return readBuffers(credential);
  } catch (unreadable) {
    const json = readOptional(() => credential.toJSON?.());
    if (json === undefined) throw unreadable;
    return json;
  }
}

/** The members by name; each may be missing. */
interface GivenCredential {
  readonly id: unknown;
  readonly rawId: unknown;
  readonly authenticatorAttachment: unknown;
  readonly response: Readonly<Record<string, unknown>> & { getTransports(): Iterable<unknown> };
  getClientExtensionResults(): unknown;
  toJSON(): unknown;
}

const MAX_HINTS = 16;

function readBuffers(credential: Partial<GivenCredential>): unknown {
  const { response } = credential as GivenCredential; // without it there is no credential, and the first use throws
  const member = (name: string) => {
    const bytes = readOptional(() => toBase64Url(response[name]));
    return bytes && { [name]: bytes };
  };
  const id = readOptional(() => toBase64Url(credential.rawId)) ?? credential.id;
  const signature = member('signature');
  const transports = readOptional(() => Array.from(response.getTransports(), hint).slice(0, MAX_HINTS));
  return {
    id,
    rawId: id,
    type: 'public-key',
    authenticatorAttachment: readOptional(() => hint(credential.authenticatorAttachment ?? '')) || null,
    clientExtensionResults: readOptional(() => ({ ...plain(credential.getClientExtensionResults?.()) })) ?? {},
    response: {
      clientDataJSON: toBase64Url(response.clientDataJSON),
      ...(signature
        ? { ...signature, authenticatorData: toBase64Url(response.authenticatorData), ...member('userHandle') }
        : { attestationObject: toBase64Url(response.attestationObject), ...(transports && { transports }) }),
    },
  };
}

/** Text of a bounded length. The network ignores an unknown value (WebAuthn L3 §5.1). */
function hint(value: unknown): string {
  return String(value).slice(0, 32);
}

/** The value after a JSON round trip. */
function plain(value: unknown): object {
  return JSON.parse(JSON.stringify(value));
}

/** Throws for an empty buffer, and for a value that is not a buffer. */
function toBase64Url(buffer: unknown): string {
  const bytes = new Uint8Array(buffer as ArrayBuffer); // from any other value it makes bytes that the next line refuses
  if (bytes.length === 0 || bytes.length !== (buffer as ArrayBuffer).byteLength)
    throw new TypeError('It is no buffer.');
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
