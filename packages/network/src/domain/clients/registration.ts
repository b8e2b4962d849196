/** Reads an operator's FILE.json into a client, or answers every problem. */
import { ChannelError, pickOAuth2Pem, pickPublicPem } from '@payment-passkeys/channel';
import {
  type AttestationDemand,
  ClientRegistration,
  compileSchema,
  isExactOrigin,
  type Mode,
  normalName,
  type VerificationEndpoint,
} from '@payment-passkeys/protocol';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { ClientConflict, NewClient } from './store.ts';
import { findAddressProblem, isOfThisMachine } from './webhook-address.ts';

const registrationSchema = compileSchema(ClientRegistration);

/** What is wrong with one field: its JSON pointer, and the end of a sentence that begins with it. It never quotes a key. */
export interface RegistrationProblem {
  readonly pointer: string;
  readonly problem: string;
}

export class RegistrationError extends Error {
  override readonly name = 'RegistrationError';
  /** One line for each problem; each begins with its field's pointer. */
  readonly problems: readonly string[];
  readonly found: readonly RegistrationProblem[];

  constructor(found: readonly RegistrationProblem[]) {
    const problems = found.map(({ pointer, problem }) => `${pointer || '/'} ${problem}`);
    super(problems.join('\n'));
    this.problems = problems;
    this.found = found;
  }
}

/** Throws {@link RegistrationError} that names every wrong field. */
export function readRegistration(content: unknown): NewClient {
  const violations = registrationSchema.violations(content);
  if (violations.length > 0) throw new RegistrationError(violations);
  const registration = content as ClientRegistration; // the schema has just said so
  const signingKeys = listSigningKeys(registration);
  const accountRanges = [...new Set(registration.accountRanges ?? [])];
  const problems = [
    ...checkSchemes(registration),
    ...(registration.role === 'issuer' && accountRanges.length === 0
      ? [{ pointer: '/accountRanges', problem: 'is required for an issuer' }]
      : []),
    ...(registration.role === 'issuer' && !registration.countries?.length
      ? [{ pointer: '/countries', problem: 'is required for an issuer' }]
      : []),
    ...checkRoleFields(registration),
    ...checkWebhooks(registration),
    ...accountRanges
      .filter((prefix) => accountRanges.some((other) => other !== prefix && other.startsWith(prefix)))
      .map((prefix) => ({ pointer: '/accountRanges', problem: `holds ${prefix} and a range within it` })),
  ];
  if (problems.length > 0) throw new RegistrationError(problems);
  return {
    clientId: registration.clientId,
    name: registration.name,
    role: registration.role,
    consumerKey: registration.consumerKey ?? null,
    signingKeys: signingKeys.map(pickPublicPem),
    oauth2Keys: (registration.oauth2Keys ?? []).map(pickOAuth2Pem),
    callbackDomains: registration.callbackDomains ?? [],
    callbackSchemes: registration.callbackSchemes ?? [],
    accountRanges,
    countries: registration.countries ?? [],
    provider: registration.provider ?? false,
    merchantOrigins: [...new Set(registration.merchantOrigins ?? [])],
    merchantNames: [...new Set((registration.merchantNames ?? []).map(normalName))],
    verification: registration.verification === undefined ? null : pickVerification(registration.verification),
    activation: registration.activation ?? 'AT_ONCE',
    attestation: registration.attestation === undefined ? null : pickAttestation(registration.attestation),
    webhooks: (registration.webhooks ?? []).map(({ uri, types }) => ({ uri, types: [...new Set(types)].toSorted() })),
  };
}

function listSigningKeys({ signingKey, signingKeys }: ClientRegistration): readonly string[] {
  return signingKeys ?? (signingKey === undefined ? [] : [signingKey]);
}

/** Finds what is wrong with the keys. A client without OAuth 2.0 keys needs everything that OAuth 1.0a needs. */
function checkSchemes(registration: ClientRegistration): readonly RegistrationProblem[] {
  const { consumerKey, signingKey, oauth2Keys = [] } = registration;
  const signingKeys = listSigningKeys(registration);
  const usesOAuth1 = oauth2Keys.length === 0 || consumerKey !== undefined || signingKeys.length > 0;
  return [
    ...(usesOAuth1 && consumerKey === undefined
      ? [{ pointer: '/consumerKey', problem: 'is required, unless /oauth2Keys stands in its place' }]
      : []),
    ...(usesOAuth1 && signingKeys.length === 0
      ? [{ pointer: '/signingKey', problem: 'is required: a PEM public key or certificate' }]
      : []),
    ...(signingKey !== undefined && registration.signingKeys !== undefined
      ? [{ pointer: '/signingKeys', problem: 'cannot stand beside /signingKey: give one of them' }]
      : []),
    ...signingKeys.flatMap((pem, position) =>
      checkKey(pem, registration.signingKeys === undefined ? '/signingKey' : `/signingKeys/${position}`),
    ),
    ...oauth2Keys.flatMap((pem, position) => checkKey(pem, `/oauth2Keys/${position}`, pickOAuth2Pem)),
  ];
}

/** The problems as the console's API answers them; `prefix` is the pointer of the registration in the request. */
export function serviceErrorOf({ found }: RegistrationError, prefix: string): ServiceError {
  const faults = found.map(({ pointer, problem }) => ({
    code: 'INVALID_FIELD' as const,
    pointer: prefix + pointer,
    message: `${pointer || '/'} ${problem}`,
  }));
  const [first, ...rest] = faults;
  return new ServiceError(first === undefined ? { code: 'INVALID_FIELD' } : [first, ...rest]);
}

/** The problem that another client already has what this one claims. */
export function refuseConflict(conflict: ClientConflict): RegistrationError {
  return new RegistrationError([
    conflict.conflict === 'CONSUMER_KEY'
      ? { pointer: '/consumerKey', problem: `is the client ${conflict.clientId}'s already` }
      : {
          pointer: '/accountRanges',
          problem: `overlaps the range ${conflict.prefix} of the client ${conflict.clientId}`,
        },
  ]);
}

/** The registration as a file would give it: what {@link readRegistration} reads into this client. */
export function buildRegistration(client: NewClient): ClientRegistration {
  const { clientId, name, role, consumerKey, verification, activation, attestation } = client;
  return {
    clientId,
    name,
    role,
    ...(consumerKey !== null && { consumerKey, signingKeys: [...client.signingKeys] }),
    ...(client.oauth2Keys.length > 0 && { oauth2Keys: [...client.oauth2Keys] }),
    callbackDomains: [...client.callbackDomains],
    callbackSchemes: [...client.callbackSchemes],
    ...(role === 'issuer'
      ? { accountRanges: [...client.accountRanges], countries: [...client.countries] }
      : {
          ...(client.provider && { provider: true }),
          merchantOrigins: [...client.merchantOrigins],
          merchantNames: [...client.merchantNames],
        }),
    ...(verification !== null && { verification }),
    ...(activation !== 'AT_ONCE' && { activation }),
    ...(attestation !== null && { attestation }),
    webhooks: [...client.webhooks],
  };
}

/** Throws {@link RegistrationError} if the client fits the sandbox only: production posts no events to its own machine. */
export function assertFitsMode({ webhooks }: NewClient, mode: Mode): void {
  const problems = webhooks.flatMap(({ uri }, position) =>
    mode === 'production' && isOfThisMachine(uri)
      ? [
          {
            pointer: `/webhooks/${position}/uri`,
            problem: 'has a private host: events are posted to public addresses only',
          },
        ]
      : [],
  );
  if (problems.length > 0) throw new RegistrationError(problems);
}

function checkWebhooks({ webhooks = [] }: ClientRegistration): readonly RegistrationProblem[] {
  return webhooks.flatMap(({ uri }, position) => {
    const problem = findAddressProblem(uri);
    const repeated = webhooks.findIndex((other) => other.uri === uri) < position;
    return [
      ...(problem === undefined ? [] : [{ pointer: `/webhooks/${position}/uri`, problem }]),
      ...(repeated
        ? [{ pointer: `/webhooks/${position}/uri`, problem: 'is in the list twice: give it all its types at once' }]
        : []),
    ];
  });
}

/** Finds fields that belong to the other role, and what a verification needs beyond its schema. */
function checkRoleFields(registration: ClientRegistration): readonly RegistrationProblem[] {
  const { role, provider = false, merchantOrigins = [], merchantNames = [], verification, activation } = registration;
  return [
    ...(role === 'issuer' && merchantOrigins.length > 0
      ? [{ pointer: '/merchantOrigins', problem: 'is for a merchant' }]
      : []),
    ...(role === 'issuer' && merchantNames.length > 0
      ? [{ pointer: '/merchantNames', problem: 'is for a merchant' }]
      : []),
    ...(role === 'issuer' && provider ? [{ pointer: '/provider', problem: 'is for a merchant' }] : []),
    ...(provider && merchantNames.length > 0
      ? [{ pointer: '/merchantNames', problem: 'is not for a provider, which registers its merchants by API' }]
      : []),
    ...(role === 'merchant' && verification !== undefined
      ? [{ pointer: '/verification', problem: 'is for an issuer' }]
      : []),
    ...(role === 'merchant' && activation !== undefined
      ? [{ pointer: '/activation', problem: 'is for an issuer' }]
      : []),
    ...merchantOrigins.flatMap((origin, position) => {
      return isExactOrigin(origin)
        ? []
        : [
            {
              pointer: `/merchantOrigins/${position}`,
              problem: 'is no origin as browsers spell it, such as https://shop.example',
            },
          ];
    }),
    ...(verification === undefined ? [] : checkVerification(verification)),
  ];
}

function checkVerification({ uri, signingKey, encryptionKey }: VerificationEndpoint): readonly RegistrationProblem[] {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const plain = url !== undefined && url.username === '' && url.hash === '' && !url.searchParams.has('request');
  return [
    ...(plain ? [] : [{ pointer: '/verification/uri', problem: 'is no address that a request can be appended to' }]),
    ...checkKey(signingKey, '/verification/signingKey'),
    ...checkKey(encryptionKey, '/verification/encryptionKey'),
  ];
}

function pickVerification({ uri, signingKey, encryptionKey }: VerificationEndpoint): VerificationEndpoint {
  return { uri, signingKey: pickPublicPem(signingKey), encryptionKey: pickPublicPem(encryptionKey) };
}

function pickAttestation(attestation: AttestationDemand): AttestationDemand {
  if (attestation.demand === 'record') return { demand: 'record' };
  const { demand, allow, deny } = attestation;
  return { demand, allow, deny };
}

function checkKey(pem: string, pointer: string, pick = pickPublicPem): readonly RegistrationProblem[] {
  try {
    pick(pem);
    return [];
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error; // another error might quote the key; a ChannelError never does
    return [{ pointer, problem: error.message }];
  }
}
