/** Reads an operator's FILE.json into a client, or answers every problem. */
import { ChannelError, pickPublicPem } from '@payment-passkeys/channel';
import {
  type AttestationDemand,
  ClientRegistration,
  compileSchema,
  type Mode,
  normalName,
  type VerificationEndpoint,
} from '@payment-passkeys/protocol';
import type { NewClient } from './store.ts';
import { findAddressProblem, isOfThisMachine } from './webhook-address.ts';

const registrationSchema = compileSchema(ClientRegistration);

export class RegistrationError extends Error {
  override readonly name = 'RegistrationError';
  /** One line for each problem; each names its field. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Throws {@link RegistrationError} that names every wrong field. */
export function readRegistration(content: unknown): NewClient {
  const violations = registrationSchema.violations(content);
  if (violations.length > 0) {
    throw new RegistrationError(violations.map(({ pointer, problem }) => `${pointer || '/'} ${problem}`));
  }
  const registration = content as ClientRegistration; // the schema has just said so
  const signingKeys =
    registration.signingKeys ?? (registration.signingKey === undefined ? [] : [registration.signingKey]);
  const accountRanges = [...new Set(registration.accountRanges ?? [])];
  const problems = [
    ...(signingKeys.length === 0 ? ['/signingKey is required: a PEM public key or certificate'] : []),
    ...(registration.signingKey !== undefined && registration.signingKeys !== undefined
      ? ['/signingKeys cannot stand beside /signingKey: give one of them']
      : []),
    ...signingKeys.flatMap((pem, position) =>
      checkKey(pem, registration.signingKeys === undefined ? '/signingKey' : `/signingKeys/${position}`),
    ),
    ...(registration.role === 'issuer' && accountRanges.length === 0
      ? ['/accountRanges is required for an issuer']
      : []),
    ...(registration.role === 'issuer' && !registration.countries?.length
      ? ['/countries is required for an issuer']
      : []),
    ...checkRoleFields(registration),
    ...checkWebhooks(registration),
    ...accountRanges
      .filter((prefix) => accountRanges.some((other) => other !== prefix && other.startsWith(prefix)))
      .map((prefix) => `/accountRanges holds ${prefix} and a range within it`),
  ];
  if (problems.length > 0) throw new RegistrationError(problems);
  return {
    clientId: registration.clientId,
    name: registration.name,
    role: registration.role,
    consumerKey: registration.consumerKey,
    signingKeys: signingKeys.map(pickPublicPem),
    callbackDomains: registration.callbackDomains ?? [],
    callbackSchemes: registration.callbackSchemes ?? [],
    accountRanges,
    countries: registration.countries ?? [],
    merchantOrigins: [...new Set(registration.merchantOrigins ?? [])],
    merchantNames: [...new Set((registration.merchantNames ?? []).map(normalName))],
    verification: registration.verification === undefined ? null : pickVerification(registration.verification),
    attestation: registration.attestation === undefined ? null : pickAttestation(registration.attestation),
    webhooks: (registration.webhooks ?? []).map(({ uri, types }) => ({ uri, types: [...new Set(types)].toSorted() })),
  };
}

/** Throws {@link RegistrationError} if the client fits the sandbox only: production posts no events to its own machine. */
export function assertFitsMode({ webhooks }: NewClient, mode: Mode): void {
  const problems = webhooks.flatMap(({ uri }, position) =>
    mode === 'production' && isOfThisMachine(uri)
      ? [`/webhooks/${position}/uri has a private host: events are posted to public addresses only`]
      : [],
  );
  if (problems.length > 0) throw new RegistrationError(problems);
}

function checkWebhooks({ webhooks = [] }: ClientRegistration): readonly string[] {
  return webhooks.flatMap(({ uri }, position) => {
    const problem = findAddressProblem(uri);
    const repeated = webhooks.findIndex((other) => other.uri === uri) < position;
    return [
      ...(problem === undefined ? [] : [`/webhooks/${position}/uri ${problem}`]),
      ...(repeated ? [`/webhooks/${position}/uri is in the list twice: give it all its types at once`] : []),
    ];
  });
}

/** Finds fields that belong to the other role, and what a verification needs beyond its schema. */
function checkRoleFields(registration: ClientRegistration): readonly string[] {
  const { role, merchantOrigins = [], merchantNames = [], verification } = registration;
  return [
    ...(role === 'issuer' && merchantOrigins.length > 0 ? ['/merchantOrigins is for a merchant'] : []),
    ...(role === 'issuer' && merchantNames.length > 0 ? ['/merchantNames is for a merchant'] : []),
    ...(role === 'merchant' && verification !== undefined ? ['/verification is for an issuer'] : []),
    ...merchantOrigins.flatMap((origin, position) => {
      const exact = URL.canParse(origin) && new URL(origin).origin === origin;
      return exact
        ? []
        : [`/merchantOrigins/${position} is no origin as browsers spell it, such as https://shop.example`];
    }),
    ...(verification === undefined ? [] : checkVerification(verification)),
  ];
}

function checkVerification({ uri, signingKey, encryptionKey }: VerificationEndpoint): readonly string[] {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const plain = url !== undefined && url.username === '' && url.hash === '' && !url.searchParams.has('request');
  return [
    ...(plain ? [] : ['/verification/uri is no address that a request can be appended to']),
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

function checkKey(pem: string, pointer: string): readonly string[] {
  try {
    pickPublicPem(pem);
    return [];
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error; // another error might quote the key; a ChannelError never does
    return [`${pointer} ${error.message}`];
  }
}
