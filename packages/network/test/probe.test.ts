/** The issuer kit's probe against this network: it proves the verdicts on what a real network answers. */
import { X509Certificate } from 'node:crypto';
import { type ProbeOptions, type ProbeReport, runProbe } from '@payment-passkeys/issuer/probe';
import { mastercard, type NetworkProfile } from '@payment-passkeys/issuer/server';
import { buildSessionInfo } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kitOptions, profileOf } from './kit-options.ts';
import { MACHINE_CLOCK, startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork({}, MACHINE_CLOCK); // like the Date of its answers
});
afterAll(() => network.stop());

function probe(profile: NetworkProfile, changes: Partial<ProbeOptions> = {}): Promise<ProbeReport> {
  return runProbe({ ...kitOptions(network), profile, account: buildAccount(), ...changes });
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

test('with the profile ourNetwork everything is seen that needs no cardholder; the session stays unused', async () => {
  const report = await probe(profileOf(network));
  expect(notSeen(report)).toEqual([...AFTER_A_VISIT, 'NOT_REACHED proof-issuer']);
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
  expect(notSeen(report)).toEqual([...AFTER_A_VISIT, ...openThere]);

  const elsewhere = await probe(mastercard({ ...options, encryptionKey: { certificate, kid: 'another' } }));
  expect(notSeen(elsewhere)).toContain('DIFFERS encryption-kid');
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
