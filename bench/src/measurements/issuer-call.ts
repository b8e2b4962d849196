/**
 * `issuerCallVsOfficialClients`: the time an issuer needs to sign and encrypt one Sessions call, by our kit and by the official libraries.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encryptPayload, signRequest } from '@payment-passkeys/channel';
import { SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest } from '@payment-passkeys/testkit';
import { JweEncryption } from 'mastercard-client-encryption';
import OAuth from 'mastercard-oauth1-signer';
import { fetchEncryptionKey } from '../bench-client.ts';
import type { Plan } from '../plan.ts';
import { PUBLIC_URL } from '../production.ts';
import type { Stage, Target } from '../stage.ts';
import { ratios, spreadOf } from '../statistics.ts';
import { createCallCryptography } from './crypto-floor.ts';
import { alternate, type Measurement, processorTimeOf } from './measurement.ts';

const FIELD = 'srcSessionInitiationRequestInfo';

export async function measureIssuerCall(stage: Stage, target: Target, plan: Plan): Promise<Measurement> {
  const { registration, privateKey, privateKeyPem } = stage.client;
  const key = await fetchEncryptionKey(target.servers[0]?.address ?? '');
  const certificateFile = path.join(stage.postgres.folder, 'offered-certificate.pem');
  await writeFile(certificateFile, key.certificate);
  const { consumerKey } = registration;
  const url = PUBLIC_URL + SESSIONS_PATH;
  const info = buildSessionInfo(new Date());
  const library = new JweEncryption({
    mode: 'JWE',
    paths: [{ path: SESSIONS_PATH, toEncrypt: [{ element: FIELD, obj: FIELD }], toDecrypt: [] }],
    encryptedValueFieldName: 'encryptedData',
    encryptionCertificate: certificateFile,
    publicKeyFingerprintType: 'publicKey',
  });

  const official = () => {
    const request = { clientSessionId: randomUUID(), authenticationReasons: ['ACCOUNT_LOGIN'], [FIELD]: info };
    const body = JSON.stringify(library.encrypt(SESSIONS_PATH, {}, request).body);
    return OAuth.getAuthorizationHeader(url, 'POST', body, consumerKey, privateKeyPem);
  };
  const ours = () => {
    const encrypted = encryptPayload({ payload: info, key, encryption: 'A256GCM' });
    const body = JSON.stringify(buildSessionRequest(encrypted));
    const nonce = randomBytes(12).toString('hex');
    const request = { method: 'POST', url, body, consumerKey, signingKey: privateKey, now: new Date(), nonce };
    return signRequest({ ...request, algorithm: 'RSA-SHA256' });
  };
  const cryptography = createCallCryptography();
  for (const work of [official, ours, cryptography]) await processorTimeOf(plan.calls, work); // compiles the code before the measurement
  const samples = await alternate(plan.rounds, {
    official: () => processorTimeOf(plan.calls, official),
    ours: () => processorTimeOf(plan.calls, ours),
    cryptography: () => processorTimeOf(plan.calls, cryptography),
  });
  const limit = spreadOf(ratios(samples.official, samples.cryptography)).median.toFixed(2);
  return {
    key: 'issuerCallVsOfficialClients',
    about: `processor time to encrypt and sign one Sessions call: the official libraries over ours. The limit on this machine is ${limit}: the official libraries over the cryptography of the call alone`,
    goal: { atLeast: 2 },
    value: spreadOf(ratios(samples.official, samples.ours)),
    sides: [
      { name: 'official libraries', unit: 'µs', spread: spreadOf(samples.official) },
      { name: 'ours', unit: 'µs', spread: spreadOf(samples.ours) },
      { name: 'bare node:crypto', unit: 'µs', spread: spreadOf(samples.cryptography) },
    ],
  };
}
