/**
 * Options from their JSON forms (WebAuthn L3 §5.1.8 and §5.1.9), for browsers without the conversion: Safari before 18.4, Chromium before 129.
 * Remove this file when these browsers are no longer supported.
 */

/** Without extensions: the caller adds those that the page uses. They need no conversion. */
export function parseCreationOptions(
  json: Omit<PublicKeyCredentialCreationOptionsJSON, 'extensions'>,
): PublicKeyCredentialCreationOptions {
  return {
    ...json,
    challenge: toBytes(json.challenge),
    user: { ...json.user, id: toBytes(json.user.id) },
    excludeCredentials: json.excludeCredentials?.map(toDescriptor) ?? [],
  } as PublicKeyCredentialCreationOptions; // the strings are values of the dictionary's enumerations
}

/** Like {@link parseCreationOptions}. */
export function parseRequestOptions(
  json: Omit<PublicKeyCredentialRequestOptionsJSON, 'extensions'>,
): PublicKeyCredentialRequestOptions {
  return {
    ...json,
    challenge: toBytes(json.challenge),
    allowCredentials: json.allowCredentials?.map(toDescriptor) ?? [],
  } as PublicKeyCredentialRequestOptions; // as above
}

function toDescriptor(json: PublicKeyCredentialDescriptorJSON) {
  return { ...json, id: toBytes(json.id) };
}

function toBytes(base64Url: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64Url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
