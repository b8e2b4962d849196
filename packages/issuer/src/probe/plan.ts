/** The options of the probe, and what it will send with them. */
import type { KeyObject } from 'node:crypto';
import type { Signer } from '@payment-passkeys/channel';
import { type Fetch, readSigningKey, rules, type Timers } from '@payment-passkeys/kit';
import { checkGiven, guard } from '../errors.ts';
import { checkProfile, type NetworkProfile } from '../server/profile.ts';
import { buildSessionInfo, describeAccounts, type ProbeAccount } from './account.ts';
import type { Step } from './exchange.ts';

/** The options of `runProbe`. */
export interface ProbeOptions {
  /** The profile under test: `mastercard({ … })`, `ourNetwork({ … })`, or your own. */
  readonly profile: NetworkProfile;
  readonly clientId: string;
  readonly consumerKey: string;
  /** See `IssuerOptions.signingKey`. */
  readonly signingKey: KeyObject | Signer | string;
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
  consumerKey: rules.aConsumerKey,
  account: rules.anObject,
  callback: rules.optional(rules.anyText),
};

/**
 * Says what `runProbe` sends with these options, and checks them. Sends nothing. Throws IssuerError `INVALID_OPTIONS` or
 * `INVALID_ENROLMENT`.
 */
export function planProbe(options: ProbeOptions): readonly PlannedRequest[] {
  checkGiven(options, { name: 'planProbe', fields: OPTIONS });
  const { account, clock = () => new Date() } = options;
  const profile = checkProfile(options.profile);
  guard(() => readSigningKey(options.signingKey));
  buildSessionInfo(account, clock());
  const { sessions, authenticators } = addressesOf(profile);
  const accounts = describeAccounts(account.accounts);
  return [
    ...keySetsOf(profile).map((url) => plan('key-sets', `GET ${url}`, 'the public keys that the profile names')),
    plan('unsigned', `POST ${sessions}`, 'an empty object without a signature, to see the refusal'),
    plan('empty', `POST ${sessions}`, 'an empty object, signed, to see whether the signature is accepted'),
    plan('sessions', `POST ${sessions}`, `a session for the test account (${accounts}), signed and encrypted`),
    plan('authenticators', `POST ${authenticators}`, 'that session with a forged proof, signed, to see the refusal'),
  ];
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
