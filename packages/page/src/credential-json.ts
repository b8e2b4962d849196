/**
 * WebAuthn's JSON forms (WebAuthn L3 §5.1.8 to §5.1.10), for browsers that do not convert themselves: Safari before 18.4, Chromium
 * before 129, and password managers that hand out credentials without `toJSON`. May go when these are history.
 */

/** Extensions are left out: those that we ask for need no conversion, or are not asked for here. */
export function parseCreationOptions(
  json: Omit<PublicKeyCredentialCreationOptionsJSON, 'extensions'>,
): PublicKeyCredentialCreationOptions {
  return {
    ...json,
    challenge: toBytes(json.challenge),
    user: { ...json.user, id: toBytes(json.user.id) },
    excludeCredentials: json.excludeCredentials?.map(toDescriptor) ?? [],
  } as PublicKeyCredentialCreationOptions; // its strings are the enumerations of the dictionary
}

/** Likewise. */
export function parseRequestOptions(
  json: Omit<PublicKeyCredentialRequestOptionsJSON, 'extensions'>,
): PublicKeyCredentialRequestOptions {
  return {
    ...json,
    challenge: toBytes(json.challenge),
    allowCredentials: json.allowCredentials?.map(toDescriptor) ?? [],
  } as PublicKeyCredentialRequestOptions; // likewise
}

function toDescriptor(json: PublicKeyCredentialDescriptorJSON) {
  return { ...json, id: toBytes(json.id) };
}

/** RegistrationResponseJSON or AuthenticationResponseJSON. */
export function credentialToJson(credential: PublicKeyCredential): unknown {
  if (typeof credential.toJSON === 'function') return credential.toJSON();
  const response = credential.response as Partial<AuthenticatorAttestationResponse & AuthenticatorAssertionResponse>;
  const id = toBase64Url(credential.rawId);
  const member = (name: 'attestationObject' | 'authenticatorData' | 'signature' | 'userHandle') =>
    response[name] ? { [name]: toBase64Url(response[name]) } : {};
  return {
    id,
    rawId: id,
    type: 'public-key',
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      clientDataJSON: toBase64Url(credential.response.clientDataJSON),
      ...member('attestationObject'),
      ...member('authenticatorData'),
      ...member('signature'),
      ...member('userHandle'),
      ...(response.getTransports && { transports: response.getTransports() }),
    },
  };
}

function toBytes(base64Url: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64Url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function toBase64Url(buffer: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
