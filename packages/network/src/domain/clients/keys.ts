/** What an operator sees of the public keys in a registration. */
import { findCertificate, readPublicKey, spkiFingerprint } from '@payment-passkeys/channel';
import type { ClientKey } from '@payment-passkeys/protocol/console';

/** The keys that can be read, in a registration that may be wrong in every way. */
export function describeKeys(registration: unknown): readonly ClientKey[] {
  return findPems(registration).flatMap(([pointer, pem]) => describe(pointer, pem));
}

function findPems(registration: unknown): readonly (readonly [string, string])[] {
  const { signingKey, signingKeys, verification } = membersOf(registration);
  const ofVerification = membersOf(verification);
  const candidates: (readonly [string, unknown])[] = [
    ['/signingKey', signingKey],
    ...(Array.isArray(signingKeys) ? signingKeys : []).map((pem: unknown, at) => [`/signingKeys/${at}`, pem] as const),
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
    const key = readPublicKey(pem);
    const certificate = findCertificate(pem);
    return [
      {
        pointer,
        fingerprint: spkiFingerprint(key),
        algorithm: (key.asymmetricKeyType ?? 'unknown').toUpperCase(),
        bits: key.asymmetricKeyDetails?.modulusLength ?? 0,
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
