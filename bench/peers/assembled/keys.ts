/** The server's keys: one signs proofs, one decrypts payloads, one encrypts stored accounts. */
import { createPrivateKey, randomBytes, type webcrypto, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generateEncryptionKey } from '@payment-passkeys/channel';
import { exportJWK, generateKeyPair } from 'jose';

export async function createKeys(dataDir: string) {
  const proof = await generateKeyPair('RS256', { modulusLength: 2048 });
  const encryption = await generateEncryptionKey({
    name: 'encryption-1',
    subject: 'CN=Assembled peer',
    notBefore: new Date(Date.now() - 3600_000),
    notAfter: new Date(Date.now() + 24 * 3600_000),
  });
  const pem = encryption.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const privateKeyFile = path.join(dataDir, 'encryption-key.pem');
  const certificateFile = path.join(dataDir, 'encryption-certificate.pem');
  await writeFile(privateKeyFile, pem, { mode: 0o600 });
  await writeFile(certificateFile, encryption.certificate);
  const certificate = new X509Certificate(encryption.certificate);
  const jwk = await exportJWK(encryption.publicKey);
  const listed = {
    ...jwk,
    kid: encryption.kid,
    use: 'enc',
    alg: 'RSA-OAEP-256',
    x5c: [certificate.raw.toString('base64')],
  };
  const decryption: webcrypto.CryptoKey = createPrivateKey(pem).toCryptoKey(
    { name: 'RSA-OAEP', hash: 'SHA-256' },
    false,
    ['decrypt'],
  );
  return {
    proof: { kid: 'proof-1', ...proof },
    decryption,
    privateKeyFile,
    certificateFile,
    encryptionKeySet: { keys: [listed] },
    accountKey: randomBytes(32),
    indexKey: randomBytes(32),
  };
}
