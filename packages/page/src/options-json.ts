/**
 * Options from their JSON forms (WebAuthn L3 §5.1.8 and §5.1.9), for browsers that do not convert themselves: Safari before 18.4, Chromium
 * before 129. May go when these are history.
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

function toBytes(base64Url: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64Url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
