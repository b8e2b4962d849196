/** The keys of the demonstration’s bank and shop: generated on the first run and stored beside the data, mode 0600. The OAuth 2.0 keys are for people who try calls. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateSigningKey, readPrivateKey } from '@payment-passkeys/channel';
import { makeFolder } from '@payment-passkeys/storage';

export interface PartyKey {
  readonly privateKey: KeyObject;
  /** PEM, for the network. */
  readonly publicKey: string;
}

/** An RSA key of the party. `name` is the name of its file. */
export async function ensurePartyKey({
  dataDir,
  party,
  name,
}: {
  readonly dataDir: string;
  readonly party: 'bank' | 'shop';
  readonly name: 'signing-key' | 'oauth2-key' | 'verification-signing-key' | 'verification-encryption-key';
}): Promise<PartyKey> {
  const folder = join(dataDir, party);
  const file = join(folder, `${name}.pem`);
  const pem = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return makeKey(folder, file);
  });
  const privateKey = readPrivateKey(pem);
  return { privateKey, publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString() };
}

/** Written to another file and then linked, so that the file is never incomplete. */
async function makeKey(folder: string, file: string): Promise<string> {
  const { privateKey } = await generateSigningKey();
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await makeFolder(folder, 0o700);
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, pem, { mode: 0o600 });
  await link(draft, file).finally(() => rm(draft));
  return pem;
}
