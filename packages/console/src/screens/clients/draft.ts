/** A client's registration as the texts of a form, and the reverse. Pure. It is checked by the network. */
import type { ClientRegistration } from '@payment-passkeys/protocol';

/** The form's fields. A list is one text, with an element on each line. */
export interface Draft {
  readonly role: ClientRegistration['role'];
  readonly clientId: string;
  readonly name: string;
  readonly consumerKey: string;
  /** PEM; the second one while the client rotates. */
  readonly signingKeys: readonly [string, string];
  readonly oauth2Keys: readonly [string, string];
  readonly callbackDomains: string;
  readonly callbackSchemes: string;
  readonly accountRanges: string;
  readonly countries: string;
  readonly provider: boolean;
  readonly merchantOrigins: string;
  readonly merchantNames: string;
  readonly verifies: boolean;
  readonly verificationUri: string;
  readonly verificationSigningKey: string;
  readonly verificationEncryptionKey: string;
  /** Bindings that are made at shops wait until the issuer activates them. */
  readonly activates: boolean;
  readonly attestation: 'none' | 'record' | 'require';
  /** Models (AAGUIDs); empty: any. */
  readonly allowedModels: string;
  readonly deniedModels: string;
  readonly webhooks: readonly WebhookDraft[];
}

export interface WebhookDraft {
  readonly uri: string;
  readonly types: readonly string[];
}

export const EMPTY_DRAFT: Draft = {
  role: 'issuer',
  clientId: '',
  name: '',
  consumerKey: '',
  signingKeys: ['', ''],
  oauth2Keys: ['', ''],
  callbackDomains: '',
  callbackSchemes: '',
  accountRanges: '',
  countries: '',
  provider: false,
  merchantOrigins: '',
  merchantNames: '',
  verifies: false,
  verificationUri: '',
  verificationSigningKey: '',
  verificationEncryptionKey: '',
  activates: false,
  attestation: 'none',
  allowedModels: '',
  deniedModels: '',
  webhooks: [],
};

export function draftOf(registration: ClientRegistration): Draft {
  const { verification, attestation, signingKey, signingKeys } = registration;
  const [first = '', second = ''] = signingKeys ?? (signingKey === undefined ? [] : [signingKey]);
  const [firstOAuth2 = '', secondOAuth2 = ''] = registration.oauth2Keys ?? [];
  const required = attestation?.demand === 'require' ? attestation : undefined;
  return {
    role: registration.role,
    clientId: registration.clientId,
    name: registration.name,
    consumerKey: registration.consumerKey ?? '',
    signingKeys: [first, second],
    oauth2Keys: [firstOAuth2, secondOAuth2],
    callbackDomains: linesOf(registration.callbackDomains),
    callbackSchemes: linesOf(registration.callbackSchemes),
    accountRanges: linesOf(registration.accountRanges),
    countries: (registration.countries ?? []).join(' '),
    provider: registration.provider ?? false,
    merchantOrigins: linesOf(registration.merchantOrigins),
    merchantNames: linesOf(registration.merchantNames),
    verifies: verification !== undefined,
    verificationUri: verification?.uri ?? '',
    verificationSigningKey: verification?.signingKey ?? '',
    verificationEncryptionKey: verification?.encryptionKey ?? '',
    activates: registration.activation === 'BY_ISSUER',
    attestation: attestation?.demand ?? 'none',
    allowedModels: required && required.allow !== 'any' ? linesOf(required.allow) : '',
    deniedModels: linesOf(required?.deny),
    webhooks: (registration.webhooks ?? []).map(({ uri, types }) => ({ uri, types })),
  };
}

/** The registration as `POST /api/clients/check` takes it. Mistakes in the form are kept: the check finds them. */
export function registrationOf(draft: Draft): Readonly<Record<string, unknown>> {
  const issuer = draft.role === 'issuer';
  const [first, second] = draft.signingKeys;
  const consumerKey = draft.consumerKey.trim();
  const oauth2Keys = draft.oauth2Keys.filter((pem) => pem.trim() !== '');
  return {
    clientId: draft.clientId.trim(),
    name: draft.name.trim(),
    role: draft.role,
    ...((consumerKey !== '' || oauth2Keys.length === 0) && { consumerKey }),
    ...(second.trim() === '' ? first.trim() !== '' && { signingKey: first } : { signingKeys: [first, second] }),
    ...list('oauth2Keys', oauth2Keys),
    ...list('callbackDomains', words(draft.callbackDomains)),
    ...list('callbackSchemes', words(draft.callbackSchemes)),
    ...(issuer && list('accountRanges', words(draft.accountRanges))),
    ...(issuer && list('countries', words(draft.countries.toUpperCase()))),
    ...(!issuer && draft.provider && { provider: true }),
    ...(!issuer && list('merchantOrigins', words(draft.merchantOrigins))),
    ...(!issuer && !draft.provider && list('merchantNames', lines(draft.merchantNames))),
    ...(issuer &&
      draft.verifies && {
        verification: {
          uri: draft.verificationUri.trim(),
          signingKey: draft.verificationSigningKey,
          encryptionKey: draft.verificationEncryptionKey,
        },
      }),
    ...(issuer && draft.activates && { activation: 'BY_ISSUER' }),
    ...attestationOf(draft),
    ...(draft.webhooks.length > 0 && {
      webhooks: draft.webhooks.map(({ uri, types }) => ({ uri: uri.trim(), types })),
    }),
  };
}

function attestationOf({ attestation, allowedModels, deniedModels }: Draft): object {
  if (attestation === 'none') return {};
  if (attestation === 'record') return { attestation: { demand: 'record' } };
  const allow = words(allowedModels.toLowerCase());
  return {
    attestation: {
      demand: 'require',
      allow: allow.length === 0 ? 'any' : allow,
      deny: words(deniedModels.toLowerCase()),
    },
  };
}

/** The field of the form for a JSON pointer of the registration: `/accountRanges` for `/accountRanges/3`. */
export function fieldOf(pointer: string): string {
  const [, name = '', second, third] = pointer.split('/');
  if (name === 'signingKey') return '/signingKeys/0';
  if (name === 'signingKeys' || name === 'oauth2Keys') return `/${name}/${second ?? 0}`;
  if (name === 'webhooks') return second === undefined ? '/webhooks' : `/webhooks/${second}/${third ?? 'uri'}`;
  if (name === 'verification') return second === undefined ? '/verification/uri' : `/verification/${second}`;
  return name === '' ? '' : `/${name}`;
}

/** The element of a list that a pointer names, as it was typed. Undefined if it names none, or names a key, which messages do not repeat. */
export function elementOf(registration: Readonly<Record<string, unknown>>, pointer: string): string | undefined {
  const [, name = '', position = ''] = pointer.split('/');
  if (name === 'signingKeys' || name === 'oauth2Keys') return undefined;
  const values = registration[name];
  const value: unknown = Array.isArray(values) && /^[0-9]+$/.test(position) ? values[Number(position)] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function list(name: string, values: readonly string[]): object {
  return values.length === 0 ? {} : { [name]: values };
}

function words(text: string): readonly string[] {
  return text.split(/[\s,;]+/).filter((word) => word !== '');
}

function lines(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => line.trim() || []);
}

function linesOf(values: readonly string[] | undefined): string {
  return (values ?? []).join('\n');
}
