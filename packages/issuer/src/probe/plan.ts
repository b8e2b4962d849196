/** The options of the probe, and what it will send with them. */
import {
  type AuthOptions,
  authRules,
  type Fetch,
  readAuth,
  rules,
  type SchemeOptions,
  type Timers,
} from '@payment-passkeys/kit';
import { OAUTH_METADATA_PATH } from '@payment-passkeys/protocol';
import { checkGiven, guard, IssuerError } from '../errors.ts';
import { checkProfile, type NetworkProfile } from '../server/profile.ts';
import { buildSessionInfo, describeAccounts, type ProbeAccount } from './account.ts';
import type { Step } from './exchange.ts';

/** The options of `runProbe`. The credentials are those of `createIssuer`: `consumerKey` and `signingKey`, or `auth`. */
export interface ProbeOptions extends AuthOptions {
  /** The profile under test: `mastercard({ … })`, `ourNetwork({ … })`, or your own. */
  readonly profile: NetworkProfile;
  readonly clientId: string;
  readonly account: ProbeAccount;
  /** A callback's address from a test enrolment, if there was one. It is read, and sent nowhere. */
  readonly callback?: string | undefined;
  /** The current time; the system's clock by default. */
  readonly clock?: () => Date;
  /** By default undici's, which resolves `localhost` names to loopback. */
  readonly fetch?: Fetch;
  /** The timers; the system's by default. */
  readonly timers?: Timers;
}

/** A request of the probe, before it is sent. */
export interface PlannedRequest {
  readonly step: Step;
  readonly request: string;
  /** What is in it, and what it is for. */
  readonly content: string;
}

const OPTIONS: rules.Rules = {
  profile: rules.anObject,
  clientId: rules.text(255),
  account: rules.anObject,
  callback: rules.optional(rules.anyText),
};

/**
 * Says what `runProbe` sends with these options, and checks them. Sends nothing. Throws IssuerError `INVALID_OPTIONS` or
 * `INVALID_ENROLMENT`.
 */
export function planProbe(options: ProbeOptions): readonly PlannedRequest[] {
  checkGiven(options, { name: 'planProbe', fields: { ...OPTIONS, ...authRules(options) } });
  const { account, clock = () => new Date() } = options;
  const profile = checkProfile(options.profile);
  const scheme = readScheme(options, profile);
  buildSessionInfo(account, clock());
  const { sessions, authenticators } = addressesOf(profile);
  const accounts = describeAccounts(account.accounts);
  return [
    ...keySetsOf(profile).map((url) => plan('key-sets', `GET ${url}`, 'the public keys that the profile names')),
    ...('oauth2' in scheme ? planTokens(scheme.oauth2, sessions) : planSignature(sessions)),
    plan('sessions', `POST ${sessions}`, `a session for the test account (${accounts}), authenticated and encrypted`),
    plan(
      'authenticators',
      `POST ${authenticators}`,
      'that session with a forged proof of authentication, to see the refusal',
    ),
  ];
}

function planSignature(sessions: string): readonly PlannedRequest[] {
  return [
    plan('unsigned', `POST ${sessions}`, 'an empty object without a signature, to see the refusal'),
    plan('empty', `POST ${sessions}`, 'an empty object, signed, to see whether the signature is accepted'),
  ];
}

function planTokens({ issuer, tokenEndpoint }: TokenSource, sessions: string): readonly PlannedRequest[] {
  return [
    plan('metadata', `GET ${metadataAddress(issuer)}`, 'the metadata of the authorization server, if it has any'),
    plan('unsigned', `POST ${sessions}`, 'an empty object without a token, to see the refusal'),
    plan(
      'token',
      `POST ${tokenEndpoint}`,
      'a client assertion and a DPoP proof, for an access token; once more if a nonce is asked for',
    ),
    plan('empty', `POST ${sessions}`, 'an empty object with the token and a proof, to see whether they are accepted'),
    plan('bearer', `POST ${sessions}`, 'an empty object with the token and without a proof, to see the refusal'),
  ];
}

/** Where access tokens come from. */
export type TokenSource = Pick<
  Extract<SchemeOptions, { readonly oauth2: unknown }>['oauth2'],
  'issuer' | 'tokenEndpoint'
>;

/** How the probe authenticates. Throws IssuerError `INVALID_OPTIONS`. */
export function readScheme(options: ProbeOptions, { apiUrl, signature }: NetworkProfile): SchemeOptions {
  const scheme = guard(() => readAuth(options, { clientId: options.clientId, apiUrl, signature }));
  if ('oauth2' in scheme && !URL.canParse(scheme.oauth2.issuer)) {
    throw new IssuerError('INVALID_OPTIONS', 'auth.issuer must be an address');
  }
  return scheme;
}

/** RFC 8414 §3.1: the path of the issuer comes after the well-known part. */
export function metadataAddress(issuer: string): string {
  const { origin, pathname } = new URL(issuer);
  return origin + OAUTH_METADATA_PATH + pathname.replace(/\/$/, '');
}

function plan(step: Step, request: string, content: string): PlannedRequest {
  return { step, request, content };
}

/** Where the two calls go. */
export function addressesOf({ apiUrl, paths }: NetworkProfile) {
  return { sessions: apiUrl + paths.sessions, authenticators: apiUrl + paths.authenticators };
}

function keySetsOf({ encryption, proof }: NetworkProfile): readonly string[] {
  return [
    ...('keySetUrl' in encryption.key ? [encryption.key.keySetUrl] : []),
    ...(proof.verify === 'ISSUER' ? [proof.keySetUrl] : []),
  ];
}
