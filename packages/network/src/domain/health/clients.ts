/** What is wrong with a client's registration: keys that cannot be used or that end, and addresses that production does not use. Pure. */
import { findCertificate, readOAuth2Key, readPublicKey } from '@payment-passkeys/channel';
import { isLocalhost, isPrivateUseScheme, KEY_EXPIRY_NOTICE_DAYS, type Mode } from '@payment-passkeys/protocol';
import type { Client } from '../clients/client.ts';
import { aboutClient, clientScreen, type HealthProblem, minuteOf } from './problem.ts';

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;
const NOTICE_DAYS = Math.max(...KEY_EXPIRY_NOTICE_DAYS);

export function findClientProblems(client: Client, mode: Mode, now: Date): readonly HealthProblem[] {
  const { clientId, signingKeys, oauth2Keys, verification, callbackSchemes } = client;
  const keys = [...signingKeys, ...(verification ? [verification.signingKey, verification.encryptionKey] : [])];
  const dotless = callbackSchemes.filter((scheme) => !isPrivateUseScheme(scheme));
  const local = client.callbackDomains.filter((domain) => isLocalhost(domain.split(':')[0] ?? ''));
  const registration = (text: string): HealthProblem => ({
    ...ofClient(clientId),
    kind: 'CONFIGURATION',
    severity: 'WARNING',
    text,
    remedy: 'Change the client’s registration.',
  });
  return [
    ...keys.flatMap((pem) => findKeyProblems(pem, { read: readPublicKey, clientId, now })),
    ...oauth2Keys.flatMap((pem) => findKeyProblems(pem, { read: readOAuth2Key, clientId, now })),
    ...(mode === 'production' && local.length > 0
      ? [registration(`has ${local.join(', ')} among its callbackDomains`)]
      : []),
    ...(dotless.length > 0
      ? [
          registration(
            `has ${dotless.join(', ')} among its callbackSchemes, which no registration takes any more: with a dot`,
          ),
        ]
      : []),
  ];
}

const ofClient = (clientId: string) => ({
  clientId,
  about: aboutClient(clientId),
  screen: clientScreen(clientId),
  docs: 'onboard-a-client.md',
});

interface KeyCheck {
  readonly read: typeof readPublicKey;
  readonly clientId: string;
  readonly now: Date;
}

function findKeyProblems(pem: string, { read, clientId, now }: KeyCheck): readonly HealthProblem[] {
  const key = { ...ofClient(clientId), kind: 'CLIENT_KEY' } as const;
  try {
    read(pem);
  } catch (error) {
    return [
      {
        ...key,
        severity: 'WRONG',
        text: `has a key that cannot be used: ${error instanceof Error ? error.message : 'unreadable'}`,
        remedy: 'Ask the client for its public key or certificate, and register that.',
      },
    ];
  }
  const end = findCertificate(pem)?.validToDate;
  if (end === undefined) return [];
  if (end <= now) {
    return [
      {
        ...key,
        severity: 'WARNING',
        text: `has a certificate that ended ${minuteOf(end)}`,
        remedy: 'Ask the client for the certificate of its new key, and register that in place of this one.',
      },
    ];
  }
  const days = Math.floor((end.getTime() - now.getTime()) / DAY_MILLISECONDS);
  if (days >= NOTICE_DAYS) return [];
  return [
    {
      ...key,
      severity: 'WARNING',
      text: `has a certificate that ends ${minuteOf(end)}, in ${days === 1 ? '1 day' : `${days} days`}`,
      remedy: 'Ask the client for the certificate of its next key, and register both until it uses the new one.',
    },
  ];
}
