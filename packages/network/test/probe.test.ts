/** The issuer kit's probe against this network: its verdicts are right for the answers of a real network. */
import { X509Certificate } from 'node:crypto';
import { type ProbeOptions, type ProbeReport, runProbe } from '@payment-passkeys/issuer/probe';
import { mastercard, type NetworkProfile } from '@payment-passkeys/issuer/server';
import { buildSessionInfo } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findClient, saveClient } from '../src/domain/clients/store.ts';
import { bySetUp } from './by-set-up.ts';
import { kitOptions, profileOf } from './kit-options.ts';
import { newP256, pemOf } from './oauth2-caller.ts';
import { MACHINE_CLOCK, startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork({}, MACHINE_CLOCK); // the Date header of its answers also has the machine's time
});
afterAll(() => network.stop());

function probe(profile: NetworkProfile, changes: Partial<ProbeOptions> = {}): Promise<ProbeReport> {
  return runProbe({ ...kitOptions(network), clock: standingClock(), profile, account: buildAccount(), ...changes });
}

/** Stands still during a probe: on a busy machine the time of an answer would be a finding. */
function standingClock(): () => Date {
  const { now } = network;
  return () => now;
}

const notSeen = ({ findings }: ProbeReport) =>
  findings.filter(({ verdict }) => verdict !== 'SEEN').map(({ id, verdict }) => `${verdict} ${id}`);

const AFTER_A_VISIT = [
  'NOT_REACHED authenticators-answer',
  'NOT_REACHED repeated-authenticators',
  'NOT_REACHED proof-refusals',
  'NOT_REACHED callback',
  'NOT_REACHED proof-form',
];

const OF_OAUTH2 = [
  'NOT_REACHED oauth2-metadata',
  'NOT_REACHED oauth2-token-endpoint',
  'NOT_REACHED oauth2-assertion',
  'NOT_REACHED oauth2-nonce',
  'NOT_REACHED oauth2-token',
  'NOT_REACHED oauth2-call',
  'NOT_REACHED oauth2-bearer',
];

test('with the profile ourNetwork everything is seen that needs no cardholder; the session stays unused', async () => {
  const report = await probe(profileOf(network));
  expect(notSeen(report)).toEqual([...OF_OAUTH2, ...AFTER_A_VISIT, 'NOT_REACHED proof-issuer']);
  expect(report.requests.map(({ step, status }) => `${step} ${status}`)).toEqual([
    'key-sets 200',
    'unsigned 401',
    'empty 400',
    'key-sets 200',
    'sessions 201',
    'authenticators 409',
  ]);
});

test("with Mastercard's profile pointed at it, and values encoded once, likewise", async () => {
  const keySet = (await (await fetch(`${network.address}/keys/encryption`)).json()) as { keys: { x5c: string[] }[] };
  const certificate = new X509Certificate(Buffer.from(keySet.keys[0]?.x5c[0] ?? '', 'base64')).toString();
  const { publicUrl } = network;
  const options = {
    environment: 'sandbox',
    apiUrl: publicUrl,
    proof: { verify: 'NETWORK', audience: publicUrl },
  } as const;
  const kid = (keySet.keys[0] as unknown as { kid: string }).kid;
  const report = await probe(mastercard({ ...options, pageOrigin: publicUrl, encryptionKey: { certificate, kid } }));
  const openThere = ['NOT_REACHED proof-audience', 'NOT_REACHED proof-issuer', 'NOT_REACHED proof-keys'];
  expect(notSeen(report)).toEqual([...OF_OAUTH2, ...AFTER_A_VISIT, ...openThere]);

  const elsewhere = await probe(mastercard({ ...options, encryptionKey: { certificate, kid: 'another' } }));
  expect(notSeen(elsewhere)).toContain('DIFFERS encryption-kid');
});

test('with OAuth 2.0 the metadata, the token endpoint and the use of a token are seen', async () => {
  const key = newP256();
  const { consumerKey: _name, signingKey: _key, ...options } = kitOptions(network);
  const { pool } = network.database;
  const client = await findClient(pool, options.clientId);
  if (client === undefined) throw new Error('The test client is not registered.');
  await saveClient(pool, { ...client, oauth2Keys: [pemOf(key)] }, bySetUp(network.now));
  const auth = { scheme: 'OAUTH2', key: key.privateKey } as const;
  const asked = { ...options, clock: standingClock(), auth, profile: profileOf(network), account: buildAccount() };
  const report = await runProbe(asked);
  const ofSignature = ['NOT_REACHED signature', 'NOT_REACHED second-token'];
  expect(notSeen(report)).toEqual([...ofSignature, ...AFTER_A_VISIT, 'NOT_REACHED proof-issuer']);
  expect(report.requests.map(({ step, status }) => `${step} ${status}`)).toEqual([
    'key-sets 200',
    'metadata 200',
    'unsigned 401',
    'token 400',
    'token 200',
    'empty 400',
    'bearer 401',
    'key-sets 200',
    'sessions 201',
    'authenticators 409',
  ]);
});

test("with another client's key the signature differs, and no account is sent", async () => {
  const report = await probe(profileOf(network), { consumerKey: 'nobody!1' });
  expect(notSeen(report)).toContain('DIFFERS signature');
  expect(report.requests.map(({ step }) => step)).toEqual(['key-sets', 'unsigned', 'empty']);
});

test('a country that is not open to the client is no difference', async () => {
  const account = { ...buildAccount(), country: 'FR' };
  const report = await probe(profileOf(network), { account });
  expect(report.findings.filter(({ verdict }) => verdict === 'DIFFERS')).toEqual([]);
  expect(report.findings.find(({ id }) => id === 'session-info-shape')?.seen).toContain('COUNTRY_NOT_ELIGIBLE');
});

function buildAccount() {
  const { accountReferences, callbackUri = '', complianceSettings } = buildSessionInfo(network.now);
  const complianceResources = complianceSettings?.complianceResources ?? [];
  return { accounts: accountReferences, country: 'US', language: 'en', callbackUri, complianceResources };
}
