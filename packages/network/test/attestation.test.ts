/** What a client may require of the authenticators that create passkeys for its cardholders: nothing, a record, or proof of the model. */
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSoftwareAuthenticator, type SoftwareAuthenticator } from '@payment-passkeys/authenticator';
import type { ClientRegistration } from '@payment-passkeys/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { bySetUp } from './by-set-up.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

const MODEL = '01020304-0506-0708-090a-0b0c0d0e0f10';
const OTHER_MODEL = '00000000-0000-0000-0000-0000000000aa';
const aaguid = Buffer.from(MODEL.replaceAll('-', ''), 'hex');

let trusting: TestNetwork;
let trustingNobody: TestNetwork;
let authenticator: SoftwareAuthenticator;
let folder: string;

beforeAll(async () => {
  trustingNobody = await startTestNetwork();
  authenticator = createSoftwareAuthenticator({ aaguid, attestation: 'packed-x5c' });
  folder = await mkdtemp(join(tmpdir(), 'attestation-'));
  const roots = join(folder, 'roots.pem');
  await writeFile(roots, (await readChain(trustingNobody)).map((certificate) => certificate.toString()).join(''));
  trusting = await startTestNetwork({ ATTESTATION_ROOTS: roots });
});
afterAll(async () => {
  await trusting.stop();
  await trustingNobody.stop();
  await rm(folder, { recursive: true });
});

/** Onboards the issuer again with this requirement. */
async function demand(network: TestNetwork, attestation: ClientRegistration['attestation']): Promise<void> {
  const registration = { ...network.client.registration, attestation };
  expect(await saveClient(network.database.pool, readRegistration(registration), bySetUp(network.now))).toBe(
    'replaced',
  );
}

/** Creates one passkey with the authenticator, in a new browser. */
async function create(network: TestNetwork, attestation: ClientRegistration['attestation']) {
  await demand(network, attestation);
  const { body: session } = await network.client.startSession();
  const browser = network.browser(authenticator);
  const { body: offer } = await browser.open(session.uri);
  const credential = browser.answer(offer);
  const result = await browser.result(credential);
  const { rows } = await network.database.pool.query(
    'SELECT attestation_format, attestation_trusted, aaguid_verified, aaguid FROM passkey JOIN session USING (passkey_id) WHERE session_id = $1',
    [session.authenticationSessionId],
  );
  return { offer, credential, result, passkey: rows[0] };
}

/** The certificates of the authenticator's attestation, read from its response. */
async function readChain(network: TestNetwork): Promise<readonly X509Certificate[]> {
  const { credential } = await create(network, { demand: 'record' });
  const { response } = credential as { response: { attestationObject: string } };
  const bytes = Buffer.from(response.attestationObject, 'base64url');
  const found: X509Certificate[] = [];
  for (let at = bytes.indexOf(Buffer.of(0x30, 0x82)); at >= 0; at = bytes.indexOf(Buffer.of(0x30, 0x82), at + 1)) {
    try {
      found.push(new X509Certificate(bytes.subarray(at, at + 4 + bytes.readUInt16BE(at + 2))));
    } catch {
      // Another structure begins with the same bytes as a certificate.
    }
  }
  return found;
}

describe('without a demand', () => {
  test('no attestation is asked for, and none is trusted', async () => {
    const { offer, passkey } = await create(trusting, undefined);
    expect(offer.options.attestation).toBe('none');
    expect(passkey).toMatchObject({ attestation_format: 'none', attestation_trusted: false, aaguid_verified: false });
  });
});

describe('record', () => {
  test('asks for it, and keeps that it leads to an anchor', async () => {
    const { offer, passkey } = await create(trusting, { demand: 'record' });
    expect(offer.options.attestation).toBe('direct');
    expect(passkey).toEqual({
      attestation_format: 'packed',
      attestation_trusted: true,
      aaguid_verified: true,
      aaguid: MODEL,
    });
  });

  test('keeps what leads to no anchor too, untrusted', async () => {
    const { passkey } = await create(trustingNobody, { demand: 'record' });
    expect(passkey).toMatchObject({ attestation_format: 'packed', attestation_trusted: false, aaguid_verified: false });
  });
});

describe('require', () => {
  const requiring = (allow: 'any' | string[], deny: string[] = []) => ({ demand: 'require' as const, allow, deny });

  test.each([
    ['any model', requiring('any')],
    ['a model that is allowed', requiring([MODEL], [OTHER_MODEL])],
  ])('takes %s that leads to an anchor', async (_title, attestation) => {
    expect((await create(trusting, attestation)).result.status).toBe(200);
  });

  test.each([
    ['a model that is not allowed', requiring([OTHER_MODEL])],
    ['a model that is denied', requiring('any', [MODEL])],
    ['every model, where none is allowed', requiring([])],
  ])('refuses %s', async (_title, attestation) => {
    const { result, passkey } = await create(trusting, attestation);
    expect([result.status, result.body.errordetail[0].reason]).toEqual([400, 'CREDENTIAL_REFUSED']);
    expect(passkey).toBeUndefined();
  });

  test('refuses everybody where the network has no anchors', async () => {
    expect((await create(trustingNobody, requiring('any'))).result.status).toBe(400);
  });
});
