/** Sends the requests of the probe, with the kit's own client. What comes back is in the recorder. */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  createKitTracing,
  createNetworkClient,
  type Fetch,
  KitError,
  type SchemeOptions,
  type Timers,
} from '@payment-passkeys/kit';
import { epochSeconds, PROOF_SECONDS, type ProofClaims } from '@payment-passkeys/protocol';
import { IssuerError } from '../errors.ts';
import { createNetwork } from '../server/network.ts';
import type { NetworkProfile } from '../server/profile.ts';
import { buildSessionInfo } from './account.ts';
import {
  type Evidence,
  exchangeOf,
  isOfPath,
  isOfSignature,
  locate,
  readingOf,
  reasonOfNothing,
  textOf,
} from './evidence.ts';
import type { Recorder, Step } from './exchange.ts';
import { addressesOf, metadataAddress, type ProbeOptions } from './plan.ts';

/** How long the probe waits for an answer: longer than the kit, to distinguish a slow answer from a lost one. */
const WAIT_MILLISECONDS = 10_000;

/** Sends the requests in order, until an answer makes the rest pointless. */
export async function sendRequests(
  options: ProbeOptions & { readonly scheme: SchemeOptions; readonly clock: () => Date; readonly timers: Timers },
  {
    recorder,
    evidence,
    skipped,
  }: { readonly recorder: Recorder; readonly evidence: Evidence; readonly skipped: Partial<Record<Step, string>> },
): Promise<void> {
  const { profile, scheme, clientId, account, clock } = options;
  const timeout = () => options.timers.timeout(WAIT_MILLISECONDS);
  const watcher = watchToken(recorder.fetch);
  const client = createNetworkClient({
    ...scheme,
    clock,
    // A deadline of now ends each call after one attempt.
    timers: { ...options.timers, timeout },
    random: () => 0,
    fetch: watcher.fetch,
  });
  const once = () => ({ deadline: clock() });
  const { sessions } = addressesOf(profile);

  // The kit fetches the key set of the encryption itself, before it encrypts.
  if (profile.proof.verify === 'ISSUER') await survive(client.get({ url: profile.proof.keySetUrl, ...once() }));

  if ('oauth2' in scheme) {
    recorder.begin('metadata');
    await survive(client.get({ url: metadataAddress(scheme.oauth2.issuer), ...once() }));
  }

  recorder.begin('unsigned');
  const postEmpty = (authorization: Readonly<Record<string, string>>) => {
    const headers = { accept: 'application/json', 'content-type': 'application/json', ...authorization };
    const init = { method: 'POST', headers, body: '{}', redirect: 'error', signal: timeout() } as const;
    return recorder.fetch(sessions, init).catch(() => undefined); // the recorder keeps why
  };
  await postEmpty({});
  const first = readingOf(evidence, 'unsigned');
  if (first.kind === 'NONE')
    return skip(skipped, ['token', 'empty', 'bearer', 'sessions', 'authenticators'], first.why);

  recorder.begin('empty');
  await survive(client.sendSigned({ method: 'POST', url: sessions, buildBody: () => ({}), ...once() }));
  const empty = readingOf(evidence, 'empty');
  if ('oauth2' in scheme) {
    if (exchangeOf(evidence, 'empty') === undefined) {
      return skip(
        skipped,
        ['empty', 'bearer', 'sessions', 'authenticators'],
        'not sent, because there was no access token',
      );
    }
    recorder.begin('bearer');
    await postEmpty({ authorization: `Bearer ${watcher.token()}` });
  }
  if (empty.kind === 'PAGE' || isOfSignature(empty) || isOfPath(empty)) {
    return skip(
      skipped,
      ['sessions', 'authenticators'],
      `not sent, because an empty request was ${reasonOfNothing(empty)}`,
    );
  }

  recorder.begin('sessions');
  const tracing = createKitTracing({ kit: '@payment-passkeys/issuer', provider: undefined });
  const network = createNetwork({ client, profile, clientId, clock, tracing, newSessionId: randomUUID });
  const failure = await survive(network.openSession(buildSessionInfo(account, clock()), once()));
  const opened = readingOf(evidence, 'sessions');
  if (opened.kind !== 'ANSWER') {
    if (exchangeOf(evidence, 'sessions') === undefined) skip(skipped, ['sessions'], `not sent: ${failure?.message}`);
    return skip(skipped, ['authenticators'], 'not sent, because no session was opened');
  }
  const { fields } = profile;
  const authenticationSessionId = textOf(locate(opened.body, fields.authenticationSessionId));
  if (authenticationSessionId === undefined) {
    return skip(skipped, ['authenticators'], 'not sent, because the answer of Sessions has no id of the session');
  }

  recorder.begin('authenticators');
  const { sent } = exchangeOf(evidence, 'sessions') ?? {};
  const clientSessionId = textOf(locate(sent, fields.clientSessionId)) ?? randomUUID();
  const proofOfAuthentication = forgeProof({ profile, clientSessionId, now: clock() });
  await survive(network.bind({ authenticationSessionId, clientSessionId, proofOfAuthentication }, once()));
}

/** Stores the access token of the calls, for the request that is sent without a DPoP proof. */
function watchToken(send: Fetch): { readonly fetch: Fetch; readonly token: () => string } {
  let token = '';
  return {
    token: () => token,
    fetch: (url, init) => {
      token = /^DPoP (.+)$/.exec(init.headers.authorization ?? '')?.[1] ?? token;
      return send(url, init);
    },
  };
}

/** Awaits a call; its result is in the recorder. A failure of the network is returned, any other failure is thrown. */
async function survive(call: Promise<unknown>): Promise<KitError | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (!(error instanceof KitError)) throw error;
    if (error.code !== 'SIGNER_UNAVAILABLE') return error;
    throw new IssuerError('SIGNER_UNAVAILABLE', 'the request could not be signed', { cause: error.cause });
  }
}

function skip(skipped: Partial<Record<Step, string>>, steps: readonly Step[], why: string): void {
  for (const step of steps) skipped[step] = why;
}

/** A proof of the right form. Its signature is random, so no key verifies it. */
function forgeProof({
  profile: { proof, pageOrigin },
  clientSessionId,
  now,
}: {
  readonly profile: NetworkProfile;
  readonly clientSessionId: string;
  readonly now: Date;
}): string {
  const iat = epochSeconds(now);
  const header = { kid: 'forged', typ: 'JWT', alg: 'RS256' };
  const claims: ProofClaims = {
    iss: proof.verify === 'ISSUER' ? proof.issuer : pageOrigin,
    aud: proof.audience,
    iat,
    completedAt: iat,
    exp: iat + PROOF_SECONDS,
    clientSessionId,
    isChallengePerformed: true,
    authenticationMethod: 'FIDO2',
    authenticationReasons: ['ACCOUNT_LOGIN'],
    assertionType: 'ownership',
    certifiedMFAMethodId: '20001',
    authenticationFactors: '020A',
    appInstanceId: `${'A'.repeat(22)}000000000001US`,
    dasAuthenticatorInstanceId: `${'B'.repeat(22)}000000000001US`,
  };
  const parts = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return [...parts, randomBytes(256).toString('base64url')].join('.');
}
