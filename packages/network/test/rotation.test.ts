/**
 * The rotation drill: enrolments run without a pause through two processes while every kind of key rotates, and no call is refused. Clients
 * and verifiers cache the key sets for exactly as long as Cache-Control allows.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encryptPayload, type PublishedKey, readKeySet, type Signer, signRequest } from '@payment-passkeys/channel';
import { AUTHENTICATORS_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest, createTestBrowser } from '@payment-passkeys/testkit';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { openKeyFolder, rotateKeys } from '../src/domain/keys/key-folder.ts';
import { clearOut, sweep } from '../src/process/housekeeping.ts';
import type { RunningNetwork } from '../src/process/start.ts';
import { bySetUp } from './by-set-up.ts';
import { enrol, proofOf, startTestNetwork, type TestNetwork } from './running-network.ts';
import { startSecondProcess } from './second-process.ts';

const SECOND = 1000;
let network: TestNetwork;

/** Each test of the suite gets its own network, because the tests change its keys and its time. */
function useNetwork(): void {
  beforeEach(async () => {
    network = await startTestNetwork();
  });
  afterEach(() => network.stop());
}

const later = (milliseconds: number) => {
  network.now = new Date(network.now.getTime() + milliseconds);
};

/** Reads a key set, and caches it for the five minutes of its Cache-Control. */
function cached<KeySet>(path: string, read: (json: unknown) => KeySet) {
  let kept: { readonly until: number; readonly keySet: KeySet } | undefined;
  return async (address: string): Promise<KeySet> => {
    if (kept === undefined || network.now.getTime() >= kept.until) {
      const response = await fetch(address + path);
      const seconds = Number(/max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1]);
      kept = { until: network.now.getTime() + seconds * SECOND, keySet: read(await response.json()) };
    }
    return kept.keySet;
  };
}

/** A bank whose servers each cache the key sets, and whose signing key may rotate. */
function createBank() {
  const { consumerKey } = network.client.registration;
  const signer: { key: KeyObject } = { key: network.client.privateKey };
  const encryptionKey = cached('/keys/encryption', (json): PublishedKey => {
    const reading = readKeySet(json);
    const [first] = reading.ok ? reading.keys : []; // the first key is the one to use
    if (first === undefined) throw new Error('The network offers no key.');
    return first;
  });
  const verifier = cached('/.well-known/jwks.json', (json) => createLocalJWKSet(json as JSONWebKeySet));
  const call = async (address: string, path: string, message: unknown) => {
    const body = JSON.stringify(message);
    const authorization = await signRequest({
      method: 'POST',
      url: network.publicUrl + path,
      body,
      consumerKey,
      signingKey: signer.key,
      algorithm: 'RSA-PSS',
      now: network.now,
      nonce: crypto.randomUUID(),
    });
    const headers = { 'content-type': 'application/json', authorization };
    const response = await fetch(address + path, { method: 'POST', body, headers });
    expect([response.status, await response.clone().text()]).toEqual([201, expect.any(String)]);
    return (await response.json()) as Record<string, string>;
  };
  return {
    signer,
    start: async (address: string) => {
      const payload = buildSessionInfo(network.now);
      const jwe = encryptPayload({ payload, key: await encryptionKey(address), encryption: 'A256GCM' });
      return call(address, SESSIONS_PATH, buildSessionRequest(jwe));
    },
    bind: async (address: string, session: Record<string, string>, proof: string) => {
      const { authenticationSessionId } = session;
      const options = { issuer: network.publicUrl, audience: network.publicUrl, currentDate: network.now };
      await jwtVerify(proof, await verifier(address), options);
      await call(address, AUTHENTICATORS_PATH, { authenticationSessionId, proofOfAuthentication: proof });
      return decodeProtectedHeader(proof).kid;
    },
  };
}

describe('the rotation drill', () => {
  useNetwork();
  let second: RunningNetwork;
  beforeEach(async () => {
    second = await startSecondProcess(network);
  });
  afterEach(() => second.stop());
  const HOURS = process.env.DRILLS ? 2 : 1;
  const ROUNDS = HOURS * 40;
  const ROTATIONS = HOURS * 2;
  const LANES = process.env.DRILLS ? 3 : 1;
  /** Every key is rotated once in this many rounds, which take half an hour. */
  const ROTATION_ROUNDS = 20;

  test('hours of enrolments through two processes, every key rotated each half hour, the client’s own once: no refusal', async () => {
    const addresses = [network.address, second.address];
    const folder = join(network.dataDir, 'keys');
    const banks = [createBank(), createBank()];
    const clientKey = createNextKey();
    const signedBy = new Set<string | undefined>();
    /** Sessions that wait for a slow cardholder, up to nine minutes. */
    const waiting: (() => Promise<void>)[] = [];
    /** Proofs that wait for a slow bank to bind them, up to nine minutes. */
    const proven: (() => Promise<void>)[] = [];
    let enrolments = 0;

    const startOne = async (turn: number) => {
      const [here = '', there = ''] = turn % 2 === 0 ? addresses : addresses.toReversed();
      const bank = banks[(turn >> 1) % 2] ?? createBank();
      const session = await bank.start(here);
      const browser = createTestBrowser({ address: there, publicUrl: network.publicUrl });
      const opened = await browser.open(session.uri ?? '');
      expect([opened.status, opened.body.errordetail]).toEqual([200, undefined]);
      waiting.push(async () => {
        const { status, body } = await browser.result(browser.answer(opened.body));
        expect(status, JSON.stringify(body)).toBe(200);
        proven.push(async () => {
          signedBy.add(await bank.bind(here, session, proofOf(body.redirect)));
          enrolments += 1;
        });
      });
    };

    for (let round = 0; round < ROUNDS; round++) {
      const since = round % ROTATION_ROUNDS;
      const rotating = since === 5 ? [rotateKeys({ folder, mode: 'sandbox', now: network.now })] : [];
      const lanes = Array.from({ length: LANES }, (_, lane) => startOne(round * LANES + lane));
      const due = [...(round % 6 === 5 ? waiting.splice(0) : []), ...(round % 6 === 4 ? proven.splice(0) : [])].map(
        (finish) => finish(),
      );
      await Promise.all([...rotating, ...lanes, ...due]);
      // One process reads the new files at once, the other nine minutes later.
      if (since === 5) await network.running.network.keys.refresh();
      if (since === 11) await second.network.keys.refresh();
      if (round === HOURS * 15) await saveKeys(network.client.registration.signingKey, clientKey.pem);
      if (round === HOURS * 16) setKey(banks[0], clientKey.privateKey);
      if (round === HOURS * 24) setKey(banks[1], clientKey.privateKey);
      if (round === HOURS * 25) await saveKeys(clientKey.pem);
      if (since === ROTATION_ROUNDS - 1) {
        await sweep(network.running.network);
        await clearOut(network.running.network);
      }
      later(90 * SECOND);
    }
    await Promise.all(waiting.splice(0).map((finish) => finish()));
    await Promise.all(proven.splice(0).map((finish) => finish()));

    expect(enrolments).toBe(ROUNDS * LANES);
    expect(signedBy.size).toBe(ROTATIONS + 1);
    const { vault } = network.running.network.keys.current();
    expect(vault.encryption[0]?.version).toBe(ROTATIONS + 1);
    // By the second hour, the keys that no live session needs have been deleted.
    if (HOURS > 1) expect(vault.encryption.length).toBeLessThan(ROTATIONS + 1);
    const { rows } = await network.database.pool.query('SELECT DISTINCT key_version FROM binding_account');
    expect(rows).toEqual([{ key_version: ROTATIONS + 1 }]); // every row was re-keyed meanwhile
  });
});

function createNextKey() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { privateKey, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

function setKey(bank: ReturnType<typeof createBank> | undefined, key: KeyObject): void {
  if (bank !== undefined) bank.signer.key = key;
}

/** The operator's part of a client's rotation: sets the keys that the client may sign with from now on. */
async function saveKeys(...signingKeys: (string | undefined)[]): Promise<void> {
  const { signingKey: _replaced, ...client } = network.client.registration;
  await saveClient(network.database.pool, readRegistration({ ...client, signingKeys }), bySetUp(network.now));
}

describe('keys that the network and a client hold themselves', () => {
  useNetwork();

  test('after its rotation the former key of a client signs for nobody', async () => {
    const { privateKey, registration } = network.client;
    const next = createNextKey();
    const statuses = async () => {
      const body = '{}';
      const signed = [privateKey, next.privateKey].map(async (key) => {
        const authorization = await signRequest({
          method: 'POST',
          url: network.publicUrl + SESSIONS_PATH,
          body,
          consumerKey: registration.consumerKey,
          signingKey: key,
          algorithm: 'RSA-SHA256',
          now: network.now,
          nonce: crypto.randomUUID(),
        });
        return (await network.client.send({ path: SESSIONS_PATH, body, authorization })).status;
      });
      return Promise.all(signed);
    };
    expect(await statuses()).toEqual([400, 403]); // 400: the call has passed the guard, but its body is empty
    await saveKeys(registration.signingKey, next.pem);
    expect(await statuses()).toEqual([400, 400]);
    await saveKeys(next.pem);
    expect(await statuses()).toEqual([403, 400]);
  });

  test('of its own keys the network needs no signer', async () => {
    const [key] = network.running.network.keys.current().signing;
    if (key === undefined || typeof key.privateKey === 'function') throw new Error('The key is the network’s own.');
    const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(createPublicKey(createPrivateKey(pem)).equals(key.publicKey)).toBe(true);
  });
});

describe('a signing key that is held elsewhere', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const calls: number[] = [];
  /** Stands in for a hardware security module. */
  const hardware: Signer = async (data) => {
    calls.push(data.length);
    return sign('sha256', data, pair.privateKey);
  };
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'external-'));
    await rotateKeys({ folder: join(folder, 'keys'), mode: 'sandbox', now: new Date('2026-11-24T12:00:00Z') });
    const path = join(folder, 'keys', 'signing-0001.json');
    const { privateKey: _away, ...file } = JSON.parse(await readFile(path, 'utf8'));
    const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' });
    await writeFile(path, JSON.stringify({ ...file, kid: 'hsm-1', publicKey }));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('signs proofs through `signer`, by the kid of its file, and DATA_DIR holds no private half', async () => {
    const asked: string[] = [];
    const signer = (kid: string) => {
      asked.push(kid);
      return hardware;
    };
    const external = await startTestNetwork({ DATA_DIR: folder }, undefined, { signer });
    calls.length = 0;
    const { session, proof } = await enrol(external, external.browser());
    expect(decodeProtectedHeader(proof).kid).toBe('hsm-1');
    const [signed = '', signature = ''] = [proof.slice(0, proof.lastIndexOf('.')), proof.split('.')[2]];
    expect(verify('sha256', Buffer.from(signed), pair.publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(calls).toHaveLength(1);
    expect(new Set(asked)).toEqual(new Set(['hsm-1']));
    expect((await external.client.bind({ ...session, proofOfAuthentication: proof })).status).toBe(201);
    expect(await readFile(join(folder, 'keys', 'signing-0001.json'), 'utf8')).not.toMatch(/PRIVATE/);
    await external.stop();
  });

  test('is tried before it counts: without a signer, with one that fails, or of another key, the network does not start', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pss: Signer = async (data) => sign('sha256', data, { key: pair.privateKey, padding: 6, saltLength: 32 });
    for (const [signer, message] of [
      [undefined, /^DATA_DIR holds a signing key without its private half, and nothing signs for it: hsm-1$/],
      [() => async () => Promise.reject(new Error('no session')), /whose signer fails/],
      [() => async (data: Uint8Array) => sign('sha256', data, other.privateKey), /signs with another one/],
      [() => pss, /signs with another one/],
      [() => async () => new Uint8Array(), /signs with another one/],
    ] as const) {
      await expect(startTestNetwork({ DATA_DIR: folder }, undefined, signer && { signer })).rejects.toThrow(message);
    }
  });

  test('is left to its holder by keys rotate; the file that its holder adds is published before it signs', async () => {
    const keyFolder = join(folder, 'keys');
    const now = new Date('2026-11-24T12:00:00Z');
    const made = await rotateKeys({ folder: keyFolder, mode: 'sandbox', now });
    expect(made.map(({ use }) => use)).toEqual([
      'encryption',
      'account-encryption',
      'account-index',
      'webhook-signing',
    ]);
    const keys = await openKeyFolder({ folder: keyFolder, mode: 'sandbox', clock: () => now, signer: () => hardware });
    expect(keys.current().signing.map(({ kid }) => kid)).toEqual(['hsm-1']);
  });
});
