/** The network's proofs, verified by an independent library (contract §4). */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { encryptPayload } from '@payment-passkeys/channel';
import { InstanceId, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest } from '@payment-passkeys/testkit';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { rotateKeys } from '../src/domain/keys/key-folder.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';

const START = new Date('2026-11-24T12:00:00Z');
let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.stop());
afterEach(() => {
  network.now = START;
});

const keySetOf = async (at: TestNetwork) =>
  (await (await fetch(`${at.address}/.well-known/jwks.json`)).json()) as JSONWebKeySet;

async function verify(at: TestNetwork, proof: string, audience = at.publicUrl) {
  return jwtVerify(proof, createLocalJWKSet(await keySetOf(at)), {
    issuer: at.publicUrl,
    audience,
    algorithms: ['RS256'],
    typ: 'JWT',
    currentDate: at.now,
  });
}

describe('proofOfAuthentication', () => {
  test('verifies with jose against /.well-known/jwks.json, and has the claims of contract §4 and no other', async () => {
    const { session, proof } = await enrol(network, network.browser());
    const { payload, protectedHeader } = await verify(network, proof);
    const iat = START.getTime() / 1000;
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: expect.stringMatching(/^[\w-]+$/) });
    expect(payload).toEqual({
      iss: 'http://verify.localhost:4000',
      aud: 'http://verify.localhost:4000',
      iat,
      completedAt: iat,
      exp: iat + 900,
      clientSessionId: session.clientSessionId,
      isChallengePerformed: true,
      authenticationMethod: 'FIDO2',
      authenticationReasons: ['ACCOUNT_LOGIN'],
      assertionType: 'ownership',
      certifiedMFAMethodId: '20001',
      authenticationFactors: '020A',
      appInstanceId: expect.stringMatching(/^[A-Za-z0-9_-]{22}\d{12}[A-Z]{2}$/),
      dasAuthenticatorInstanceId: expect.stringMatching(/^[A-Za-z0-9_-]{22}\d{12}[A-Z]{2}$/),
    });
    expect(payload.appInstanceId).not.toBe(payload.dasAuthenticatorInstanceId);
    expect(Compile(Type.Array(InstanceId)).Check([payload.appInstanceId, payload.dasAuthenticatorInstanceId])).toBe(
      true,
    );
  });

  test('names no account, and keeps a callback below 2 kB', async () => {
    const { redirect, proof } = await enrol(network, network.browser());
    const claims = Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString();
    expect(claims).not.toMatch(/5555|4444|avery|mail|555010/);
    expect(redirect.length).toBeLessThan(2048);
  });

  test('its instance ids stay the same for the same passkey on the same device', async () => {
    const browser = network.browser();
    const first = (await verify(network, (await enrol(network, browser)).proof)).payload;
    const second = (await verify(network, (await enrol(network, browser)).proof)).payload;
    expect(second.appInstanceId).toBe(first.appInstanceId);
    expect(second.dasAuthenticatorInstanceId).toBe(first.dasAuthenticatorInstanceId);
    const { rows } = await network.database.pool.query('SELECT instance_id FROM device_passkey WHERE device_id = $1', [
      first.appInstanceId,
    ]);
    expect(rows).toEqual([{ instance_id: first.dasAuthenticatorInstanceId }]);
  });

  test('has expired 900 seconds after it was issued', async () => {
    const { proof } = await enrol(network, network.browser());
    network.now = new Date(START.getTime() + 899_000);
    await expect(verify(network, proof)).resolves.toBeDefined();
    network.now = new Date(START.getTime() + 900_000);
    await expect(verify(network, proof)).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' });
  });

  test('the key set holds public RSA keys of 2,048 bits for signatures, and nothing private', async () => {
    for (const key of (await keySetOf(network)).keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
      expect([key.kty, key.alg, key.use]).toEqual(['RSA', 'RS256', 'sig']);
      expect(Buffer.from(key.n ?? '', 'base64url').length).toBeGreaterThanOrEqual(256);
    }
  });
});

describe('AUDIENCE', () => {
  test('is the aud of the proofs where it is set, and they are bound as usual', async () => {
    const other = await startTestNetwork({ AUDIENCE: 'urn:example:payments' });
    try {
      const { session, proof } = await enrol(other, other.browser());
      const { payload } = await verify(other, proof, 'urn:example:payments');
      expect(payload.aud).toBe('urn:example:payments');
      await expect(verify(other, proof)).rejects.toMatchObject({ claim: 'aud' });
      expect((await other.client.bind({ ...session, proofOfAuthentication: proof })).status).toBe(201);
    } finally {
      await other.stop();
    }
  });
});

describe('a rotation of the keys', () => {
  test('publishes both signing keys before the new one signs; proofs of either verify and are bound', async () => {
    const before = await enrol(network, network.browser());
    const { keys } = network.running.network;
    const made = await rotateKeys({ folder: `${network.dataDir}/keys`, mode: 'sandbox', now: network.now });
    await keys.refresh();
    const next = made.find(({ use }) => use === 'signing')?.kid;
    const old = decodeProtectedHeader(before.proof).kid;
    expect((await keySetOf(network)).keys.map(({ kid }) => kid)).toEqual([next, old]);

    const published = await enrol(network, network.browser());
    expect(decodeProtectedHeader(published.proof).kid).toBe(old);

    network.now = new Date(START.getTime() + 10 * 60_000);
    const after = await enrol(network, network.browser());
    expect(decodeProtectedHeader(after.proof).kid).toBe(next);
    for (const { session, proof } of [before, published, after]) {
      await expect(verify(network, proof)).resolves.toBeDefined();
      expect((await network.client.bind({ ...session, proofOfAuthentication: proof })).status).toBe(201);
    }

    // Twenty minutes after the old key's last signature no proof by it is valid.
    network.now = new Date(START.getTime() + 30 * 60_000);
    expect((await keySetOf(network)).keys.map(({ kid }) => kid)).toEqual([next]);
  });

  test('of the encryption keys: the new one is published at once and preferred ten minutes later, the old one is taken for a week more', async () => {
    const { encryption } = network.running.network.keys.current();
    const offered = async () => {
      const set = (await (await fetch(`${network.address}/keys/encryption`)).json()) as JSONWebKeySet;
      return set.keys.map(({ kid }) => kid);
    };
    const [old = '', next = ''] = encryption.map(({ kid }) => kid);
    network.now = START;
    expect(await offered()).toEqual([old, next]);
    network.now = new Date(START.getTime() + 10 * 60_000);
    expect(await offered()).toEqual([next, old]);
    expect((await network.client.startSession()).status).toBe(201);
    network.now = new Date(START.getTime() + (7 * 24 * 60 + 10) * 60_000 - 1);
    expect(await offered()).toEqual([next, old]);
    network.now = new Date(network.now.getTime() + 1);
    expect(await offered()).toEqual([next]);
  });

  test('a payload for a key that another process has just made is decrypted at once', async () => {
    const folder = `${network.dataDir}/keys`;
    const made = await rotateKeys({ folder, mode: 'sandbox', now: network.now });
    const kid = made.find(({ use }) => use === 'encryption')?.kid ?? '';
    const file = JSON.parse(await readFile(`${folder}/encryption-${kid.slice(-4)}.json`, 'utf8'));
    const key = { kid, publicKey: new X509Certificate(file.certificate).publicKey };
    const jwe = encryptPayload({ payload: buildSessionInfo(network.now), key, encryption: 'A128GCM' });
    const body = JSON.stringify(buildSessionRequest(jwe));
    expect((await network.client.send({ path: SESSIONS_PATH, body })).status).toBe(201);
  });
});
