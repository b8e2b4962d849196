/**
 * An endpoint that answers as Mastercard's public documents say, as a `fetch`: the gateway's and the service's error objects of the pages
 * "Code and Formats" and "OAuth 1.0a and mTLS Error Codes", and the answers of "Getting Started with Passkeys".
 */
import { generateEncryptionKey, generateSigningKey } from '@payment-passkeys/channel';
import type { Fetch } from '@payment-passkeys/kit';
import { mastercard } from '../server/mastercard.ts';
import type { ProbeAccount } from './account.ts';
import type { ProbeOptions } from './plan.ts';

export const NOW = new Date('2026-11-24T10:00:00.000Z');
export const CLIENT_ID = 'c'.repeat(48);
export const CONSUMER_KEY = `${CLIENT_ID}!${'k'.repeat(48)}`;
export const TOKEN = 'token-of-the-launch-address';
const SESSION_ID = 's'.repeat(36);

export interface Answer {
  readonly status: number;
  /** Text is sent as it is, anything else as JSON. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Part = 'metadata' | 'unsigned' | 'token' | 'empty' | 'bearer' | 'sessions' | 'authenticators';
/** What a part of the double answers, or does in place of an answer. `sent` is the body of the request, `proof` the claims of its DPoP proof. */
export type Behaviour =
  | Answer
  | ((sent: Readonly<Record<string, unknown>>, proof: Readonly<Record<string, unknown>>) => Answer | Promise<Answer>);

export const GATEWAY_REFUSAL = gatewayError('Security.Credential', 'Unauthorized Access to Web Service');

export function gatewayError(source: string, description: string, code = 'AUTHENTICATION_FAILED') {
  const error = { Source: source, ReasonCode: code, Description: description, Recoverable: false, Details: null };
  return { Errors: { Error: [error] } };
}

/** The flat object; `errordetail` as the issuers' page spells it. */
export function serviceError(status: number, reason: string, detail?: { readonly reason: string; source?: string }) {
  const errordetail = detail ? [{ sourceType: 'BODY', message: 'Not as expected', ...detail }] : [];
  return { status: String(status), reason, message: 'The request was not accepted', errordetail };
}

export function sessionAnswer(
  sent: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>> = {},
) {
  const query = `clientId=${CLIENT_ID}&authenticationSessionId=${SESSION_ID}&clientSessionId=${sent.clientSessionId}`;
  const uri = `https://stage.verify.mastercard.com/auth/passkeys?${query}#${TOKEN}`;
  return { authenticationSessionId: SESSION_ID, uri, ...changes };
}

export const TOKEN_SERVER = 'https://sandbox.api.mastercard.com';
export const ACCESS_TOKEN = 'access-token-of-the-double';
export const NONCE_NEEDED: Answer = {
  status: 400,
  body: { error: 'use_dpop_nonce', error_description: 'Send the nonce.' },
  headers: { 'dpop-nonce': 'nonce-of-the-double' },
};
export const TOKEN_ANSWER = { access_token: ACCESS_TOKEN, token_type: 'DPoP', expires_in: 900 };

const DOCUMENTED: Readonly<Record<Part, Behaviour>> = {
  metadata: { status: 404, body: gatewayError('Gateway', 'No such path', 'NOT_FOUND') },
  unsigned: { status: 401, body: GATEWAY_REFUSAL },
  token: (_sent, { nonce }) => (nonce === undefined ? NONCE_NEEDED : { status: 200, body: TOKEN_ANSWER }),
  bearer: { status: 401, body: GATEWAY_REFUSAL },
  empty: {
    status: 400,
    body: serviceError(400, 'INVALID_ARGUMENT', { reason: 'MISSING_FIELD', source: '/clientSessionId' }),
  },
  sessions: (sent) => ({ status: 200, body: sessionAnswer(sent) }),
  authenticators: { status: 400, body: serviceError(400, 'INVALID_VALUE', { reason: 'PROOF_INVALID' }) },
};

/** The double, with some parts changed. `requests` has what arrived. */
export function startDouble(changes: Partial<Record<Part, Behaviour>> = {}) {
  const requests: { readonly part: Part; readonly body: string }[] = [];
  const fetch: Fetch = async (url, { headers, body = '' }) => {
    const part = partOf(url, headers.authorization, body);
    requests.push({ part, body });
    const behaviour = changes[part] ?? DOCUMENTED[part];
    const answer =
      typeof behaviour === 'function' ? await behaviour(readBody(part, body), readProof(headers.dpop)) : behaviour;
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    return new Response(text, { status: answer.status, headers: { date: NOW.toUTCString(), ...answer.headers } });
  };
  return { fetch, requests };
}

function partOf(url: string, authorization: string | undefined, body: string): Part {
  if (url.includes('/.well-known/')) return 'metadata';
  if (url.endsWith('/oauth/token')) return 'token';
  if (authorization === undefined) return 'unsigned';
  if (authorization.startsWith('Bearer ')) return 'bearer';
  if (!url.endsWith('/authentication/sessions')) return 'authenticators';
  return body === '{}' ? 'empty' : 'sessions';
}

function readBody(part: Part, body: string): Readonly<Record<string, unknown>> {
  if (part === 'token') return Object.fromEntries(new URLSearchParams(body));
  return body === '' ? {} : JSON.parse(body);
}

function readProof(proof: string | undefined): Readonly<Record<string, unknown>> {
  return proof === undefined ? {} : JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString());
}

export const ACCOUNT: ProbeAccount = {
  accounts: {
    cards: [{ primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2030' }],
    emailAddresses: ['avery@bank.example'],
    mobileNumbers: [{ countryCode: '1', phoneNumber: '5555550100' }],
  },
  country: 'US',
  language: 'en',
  callbackUri: 'https://bank.example/passkeys/callback',
  complianceResources: [
    {
      complianceType: 'TERMS_AND_CONDITIONS',
      uri: 'https://bank.example/terms',
      version: '1',
      datePublished: '2026-10-01',
    },
    {
      complianceType: 'PRIVACY_POLICY',
      uri: 'https://bank.example/privacy',
      version: '1',
      datePublished: '2026-10-01',
    },
  ],
};

const signingKey = generateSigningKey();
const encryptionKey = generateEncryptionKey({
  name: 'enc',
  subject: 'CN=encryption.example',
  notBefore: new Date('2026-01-01T00:00:00Z'),
  notAfter: new Date('2036-01-01T00:00:00Z'),
});

/** The options of `mastercard` for the double, as a profile file has them. */
export async function buildProfileFile() {
  const { certificate } = await encryptionKey;
  return {
    network: 'mastercard',
    environment: 'sandbox',
    encryptionKey: { certificate: certificate.toString() },
    proof: { verify: 'NETWORK', audience: 'https://mastercard.com' },
  } as const;
}

export async function buildSigningKeyPem(): Promise<string> {
  return (await signingKey).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The options of the probe for the double, with OAuth 2.0. */
export async function buildTokenOptions(double: { readonly fetch: Fetch }): Promise<ProbeOptions> {
  const { consumerKey: _name, signingKey: _key, ...options } = await buildOptions(double);
  const auth = { scheme: 'OAUTH2', tokenEndpoint: `${TOKEN_SERVER}/oauth/token`, issuer: TOKEN_SERVER } as const;
  return { ...options, auth: { ...auth, key: (await signingKey).privateKey } };
}

/** The options of the probe for the double. */
export async function buildOptions(double: { readonly fetch: Fetch }): Promise<ProbeOptions> {
  return {
    profile: mastercard(await buildProfileFile()),
    clientId: CLIENT_ID,
    consumerKey: CONSUMER_KEY,
    signingKey: (await signingKey).privateKey,
    account: ACCOUNT,
    clock: () => NOW,
    fetch: double.fetch,
  };
}
