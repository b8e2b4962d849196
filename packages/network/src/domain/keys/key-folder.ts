/**
 * The network's keys in DATA_DIR/keys. Several processes may share the folder. A running server sees a new file within seconds, and uses
 * its key from `activeFrom` on, when every process has seen it.
 */
import { stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Signer } from '@payment-passkeys/channel';
import { addSeconds, type Mode } from '@payment-passkeys/protocol';
import { ConfigError } from '../../platform/config/config-error.ts';
import { checkSigner } from './external-signer.ts';
import {
  type AsymmetricKeyFile,
  KEY_USES,
  type KeyFile,
  type KeyUse,
  keyFileName,
  listKeyFiles,
  makeKey,
  OPTIONAL_KEY_USE,
  privateHalf,
  publicHalf,
  readKeyFiles,
  type SecretKeyFile,
  writeKeyFile,
} from './key-file.ts';
import {
  type DatedSecretKey,
  type EncryptionKey,
  type KeyRing,
  PUBLISH_AHEAD_SECONDS,
  type SigningKey,
  vaultOrder,
  type WebhookKey,
} from './key-ring.ts';

export interface KeyFolder {
  /** The keys as last read, in their present order. */
  current(): KeyRing;
  /** Reads the folder again if it has changed. */
  refresh(): Promise<void>;
  /** The versions of one use of account keys, oldest first. */
  secrets(use: SecretKeyFile['use']): readonly DatedSecretKey[];
  /** Deletes the file of an account key. Call it only when nothing that it sealed or indexed is left. */
  retire(use: SecretKeyFile['use'], version: number): Promise<void>;
}

export interface KeyFolderOptions {
  readonly folder: string;
  /** In sandbox mode missing keys are made; in production a {@link ConfigError} names them. */
  readonly mode: Mode;
  readonly clock: () => Date;
  /** Answers the signer for a key file with only a public key, by its `kid`. */
  readonly signer?: ((kid: string) => Signer) | undefined;
}

/** Throws {@link ConfigError} for a key that is missing, weak, or made in another mode. */
export async function openKeyFolder(options: KeyFolderOptions): Promise<KeyFolder> {
  const { folder, clock } = options;
  await ensureKeys(options);
  // Read the time of change first: a file that is written meanwhile then counts as a change.
  let seen = await changedAt(folder);
  let keys = await readKeys(options);
  const refresh = async () => {
    const changed = await changedAt(folder);
    if (changed === seen) return;
    keys = await readKeys(options);
    seen = changed;
  };
  return {
    refresh,
    current: () => {
      const now = clock();
      const vault = {
        encryption: vaultOrder(keys['account-encryption'], now),
        index: vaultOrder(keys['account-index'], now),
      };
      return { signing: keys.signing, encryption: keys.encryption, webhookSigning: keys['webhook-signing'], vault };
    },
    secrets: (use) => keys[use].toSorted((a, b) => a.activeFrom.getTime() - b.activeFrom.getTime()),
    retire: async (use, version) => {
      await unlink(join(folder, keyFileName(use, version))).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error; // another process was first
      });
      await refresh();
    },
  };
}

async function ensureKeys({ folder, mode, clock }: KeyFolderOptions): Promise<void> {
  const files = await readKeyFiles(folder, mode);
  const missing = KEY_USES.filter((use) => !files.some((file) => file.use === use));
  const needed = missing.filter((use) => use !== OPTIONAL_KEY_USE);
  if (needed.length > 0 && mode === 'production') {
    throw new ConfigError(
      'DATA_DIR',
      `has no ${needed.join(', ')} key in keys/; make them with: payment-passkeys-network keys rotate`,
    );
  }
  for (const use of mode === 'production' ? [] : missing)
    await writeKeyFile(folder, await makeKey({ use, number: 1, mode, activeFrom: clock() }), 1);
}

/** A key that {@link rotateKeys} has made. */
export interface Rotation {
  readonly use: KeyUse;
  readonly kid: string;
  readonly activeFrom: Date;
}

/**
 * Makes the next key of each use, or the first. A successor is used only when every cached key set and every process has had time to learn
 * it. A signing key that is held elsewhere is skipped: its successor is made there.
 */
export async function rotateKeys(options: {
  readonly folder: string;
  readonly mode: Mode;
  readonly now: Date;
  readonly uses?: readonly KeyUse[];
}): Promise<readonly Rotation[]> {
  const { folder, mode, now, uses = KEY_USES } = options;
  const [names, files] = await Promise.all([listKeyFiles(folder), readKeyFiles(folder, mode)]);
  const made: Rotation[] = [];
  for (const use of uses) {
    const last = lastNumber(names, use);
    if (use === 'signing' && files.findLast((file) => file.use === 'signing' && 'publicKey' in file)) continue;
    const activeFrom = last > 0 ? addSeconds(now, PUBLISH_AHEAD_SECONDS) : now;
    const file = await makeKey({ use, number: last + 1, mode, activeFrom });
    if (!(await writeKeyFile(folder, file, last + 1)))
      throw new ConfigError(
        'DATA_DIR',
        'has its keys rotated by another process just now; look at keys/ and try again.',
      );
    made.push({ use, kid: 'kid' in file ? file.kid : `version ${file.version}`, activeFrom });
  }
  return made;
}

/** The number of the last key of that use; 0 if there is none. A number is never used twice, even after an old key's file was deleted. */
function lastNumber(names: readonly string[], use: KeyUse): number {
  const ofUse = names.findLast((name) => name.slice(0, -'-0001.json'.length) === use);
  return ofUse === undefined ? 0 : Number(ofUse.slice(use.length + 1, -'.json'.length));
}

async function changedAt(folder: string): Promise<number> {
  return (await stat(folder)).mtimeMs;
}

interface Keys {
  readonly signing: readonly SigningKey[];
  readonly encryption: readonly EncryptionKey[];
  readonly 'account-encryption': readonly DatedSecretKey[];
  readonly 'account-index': readonly DatedSecretKey[];
  readonly 'webhook-signing': readonly WebhookKey[];
}

async function readKeys({ folder, mode, signer }: KeyFolderOptions): Promise<Keys> {
  const files = await readKeyFiles(folder, mode);
  const ofUse = (use: KeyUse) => files.filter((file) => file.use === use);
  return {
    signing: await Promise.all(ofUse('signing').map((file) => readSigningKey(file, signer))),
    encryption: ofUse('encryption').flatMap((file) => ('privateKey' in file ? [readEncryptionKey(file)] : [])),
    'account-encryption': ofUse('account-encryption').flatMap(readSecretKey),
    'account-index': ofUse('account-index').flatMap(readSecretKey),
    'webhook-signing': ofUse('webhook-signing').flatMap((file) => ('privateKey' in file ? [readKeyPair(file)] : [])),
  };
}

async function readSigningKey(file: KeyFile, signer: KeyFolderOptions['signer']): Promise<SigningKey> {
  if ('secret' in file) throw new ConfigError('DATA_DIR', 'holds a signing key that is a secret.');
  const named = { kid: file.kid, activeFrom: new Date(file.activeFrom), publicKey: publicHalf(file) };
  if ('privateKey' in file) return { ...named, privateKey: privateHalf(file) };
  if (signer === undefined) {
    throw new ConfigError(
      'DATA_DIR',
      `holds a signing key without its private half, and nothing signs for it: ${file.kid}`,
    );
  }
  const privateKey = signer(file.kid);
  await checkSigner({ ...named, signer: privateKey });
  return { ...named, privateKey };
}

function readEncryptionKey(file: AsymmetricKeyFile): EncryptionKey {
  const { certificate } = file;
  if (certificate === undefined) throw new ConfigError('DATA_DIR', 'holds an encryption key without a certificate');
  return { ...readKeyPair(file), certificate };
}

function readKeyPair(file: AsymmetricKeyFile): WebhookKey {
  const { kid, activeFrom } = file;
  return { kid, activeFrom: new Date(activeFrom), privateKey: privateHalf(file), publicKey: publicHalf(file) };
}

function readSecretKey(file: KeyFile): readonly DatedSecretKey[] {
  if (!('secret' in file)) return [];
  const { version, normalForm } = file;
  const key = { version, activeFrom: new Date(file.activeFrom), secret: Buffer.from(file.secret, 'base64') };
  return [normalForm === undefined ? key : { ...key, normalForm }];
}

/** The folder of a network's keys. */
export function keyFolderOf({ dataDir }: { readonly dataDir: string }): string {
  return join(dataDir, 'keys');
}
