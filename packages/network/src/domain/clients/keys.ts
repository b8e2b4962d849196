/** What an operator sees of the public keys in a registration. */
import { findCertificate, readOAuth2Key, spkiFingerprint } from '@payment-passkeys/channel';
import type { ClientKey } from '@payment-passkeys/protocol/console';

const P256_BITS = 256;

/** The keys that can be read, in a registration that may be wrong in every way. */
export function describeKeys(registration: unknown): readonly ClientKey[] {
  return findPems(registration).flatMap(([pointer, pem]) => describe(pointer, pem));
}

function findPems(registration: unknown): readonly (readonly [string, string])[] {
  const { signingKey, signingKeys, oauth2Keys, verification } = membersOf(registration);
  const ofVerification = membersOf(verification);
  const elements = (name: string, list: unknown) =>
    (Array.isArray(list) ? list : []).map((pem: unknown, at) => [`/${name}/${at}`, pem] as const);
  const candidates: (readonly [string, unknown])[] = [
    ['/signingKey', signingKey],
    ...elements('signingKeys', signingKeys),
    ...elements('oauth2Keys', oauth2Keys),
    ['/verification/signingKey', ofVerification.signingKey],
    ['/verification/encryptionKey', ofVerification.encryptionKey],
  ];
  return candidates.flatMap(([pointer, pem]) => (typeof pem === 'string' ? [[pointer, pem] as const] : []));
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}; // an object has string keys
}

function describe(pointer: string, pem: string): readonly ClientKey[] {
  try {
    const key = readOAuth2Key(pem);
    const certificate = findCertificate(pem);
    return [
      {
        pointer,
        fingerprint: spkiFingerprint(key),
        algorithm: (key.asymmetricKeyType ?? 'unknown').toUpperCase(),
        bits: key.asymmetricKeyDetails?.modulusLength ?? P256_BITS,
        ...(certificate && {
          certificate: {
            subject: certificate.subject,
            issuer: certificate.issuer,
            validFrom: certificate.validFromDate.toISOString(),
            validTo: certificate.validToDate.toISOString(),
          },
        }),
      },
    ];
  } catch {
    return []; // the registration's problems say what is wrong with it
  }
}
