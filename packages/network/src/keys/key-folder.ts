/**
 * The network's keys on disk: one JSON file a key, mode 0600, in DATA_DIR/keys. A file is written once and whole, never changed, so
 * several processes may share the folder; a running server sees a new file within seconds.
 */
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateEncryptionKey, generateSigningKey } from '@payment-passkeys/channel';
import { addSeconds, compileSchema, Timestamp } from '@payment-passkeys/protocol';
import Type, { type Static } from 'typebox';
import type { SecretKey } from '../accounts/account-vault.ts';
import { ConfigError } from '../config.ts';
import { readJson } from '../http/json-body.ts';
import { type EncryptionKey, type KeyRing, PUBLISH_AHEAD_SECONDS, type SigningKey } from './key-ring.ts';

const KEY_USES = ['signing', 'encryption', 'account-encryption', 'account-index'] as const;
type KeyUse = (typeof KEY_USES)[number];

const AsymmetricKeyFile = Type.Object({
  use: Type.Union([Type.Literal('signing'), Type.Literal('encryption')]),
  kid: Type.String({ minLength: 1, maxLength: 100 }),
  activeFrom: Timestamp,
  privateKey: Type.String({ maxLength: 16 * 1024 }),
  certificate: Type.Optional(Type.String({ maxLength: 16 * 1024 })),
});
const SecretKeyFile = Type.Object({
  use: Type.Union([Type.Literal('account-encryption'), Type.Literal('account-index')]),
  version: Type.Integer({ minimum: 1, maximum: 255 }),
  activeFrom: Timestamp,
  /** 32 bytes, base64. */
  secret: Type.String({ minLength: 44, maxLength: 44 }),
});
const KeyFile = Type.Union([AsymmetricKeyFile, SecretKeyFile]);
type KeyFile = Static<typeof KeyFile>;
const keyFileSchema = compileSchema(KeyFile);

export interface KeyFolder {
  /** The keys as they were last read. */
  current(): KeyRing;
  /** Reads the folder again where it has changed. */
  refresh(): Promise<void>;
}

/**
 * Opens the folder. With `makeMissing` the keys that are absent are made; without it a {@link ConfigError} names them.
 */
export async function openKeyFolder(options: {
  readonly folder: string;
  readonly makeMissing: boolean;
  readonly now: Date;
}): Promise<KeyFolder> {
  const { folder, makeMissing, now } = options;
  const files = await readKeyFiles(folder);
  const missing = KEY_USES.filter((use) => !files.some((file) => file.use === use));
  if (missing.length > 0 && !makeMissing) {
    throw new ConfigError(
      'DATA_DIR',
      `has no ${missing.join(', ')} key in keys/; make them with: payment-passkeys-network keys rotate`,
    );
  }
  for (const use of missing) await writeKeyFile(folder, await makeKey({ use, number: 1, activeFrom: now }), 1);
  // Looked at before it is read, so that whatever is written meanwhile is seen as a change.
  let seen = await changedAt(folder);
  let ring = buildKeyRing(await readKeyFiles(folder));
  return {
    current: () => ring,
    refresh: async () => {
      const changed = await changedAt(folder);
      if (changed === seen) return;
      ring = buildKeyRing(await readKeyFiles(folder));
      seen = changed;
    },
  };
}

/** What {@link rotateKeys} made. */
export interface Rotation {
  readonly use: KeyUse;
  readonly kid: string;
  readonly activeFrom: Date;
}

/**
 * Makes the next signing and encryption key, and whatever is missing. A signing key that follows another signs only after
 * every cached key set has had time to learn of it.
 */
export async function rotateKeys({
  folder,
  now,
}: {
  readonly folder: string;
  readonly now: Date;
}): Promise<readonly Rotation[]> {
  const names = await listKeyFiles(folder);
  const made: Rotation[] = [];
  for (const use of KEY_USES) {
    const last = lastNumber(names, use);
    if (last > 0 && (use === 'account-encryption' || use === 'account-index')) continue;
    const activeFrom = use === 'signing' && last > 0 ? addSeconds(now, PUBLISH_AHEAD_SECONDS) : now;
    const file = await makeKey({ use, number: last + 1, activeFrom });
    if (!(await writeKeyFile(folder, file, last + 1)))
      throw new Error('The keys are being rotated by another process; try again.');
    made.push({ use, kid: 'kid' in file ? file.kid : `version ${file.version}`, activeFrom });
  }
  return made;
}

async function makeKey(options: {
  readonly use: KeyUse;
  readonly number: number;
  readonly activeFrom: Date;
}): Promise<KeyFile> {
  const { use, number, activeFrom } = options;
  const common = { activeFrom: activeFrom.toISOString() };
  if (use === 'account-encryption' || use === 'account-index') {
    return { use, version: number, ...common, secret: randomBytes(32).toString('base64') };
  }
  const stamp = activeFrom.toISOString().replace(/\D/g, '').slice(0, 14);
  const kid = `${stamp}-${use === 'signing' ? 'proof-signing' : 'payload-encryption'}-${String(number).padStart(4, '0')}`;
  if (use === 'signing') return { use, kid, ...common, privateKey: toPem((await generateSigningKey()).privateKey) };
  const key = await generateEncryptionKey({
    name: kid,
    subject: 'CN=payment passkeys network',
    notBefore: activeFrom,
    notAfter: addSeconds(activeFrom, TEN_YEARS_SECONDS),
  });
  return { use, kid, ...common, privateKey: toPem(key.privateKey), certificate: key.certificate };
}

const TEN_YEARS_SECONDS = 10 * 365 * 24 * 60 * 60;

/** False when another process wrote the file of that number first. Complete or absent, never half: written aside, then linked. */
async function writeKeyFile(folder: string, file: KeyFile, number: number): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const draft = join(folder, `.${randomUUID()}`);
  await writeFile(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, join(folder, `${file.use}-${String(number).padStart(4, '0')}.json`));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function listKeyFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^[a-z-]+-\d{4}\.json$/.test(name)).toSorted();
}

/** 0 where there is no key of that use. A number is never given twice, also after an old key's file was taken away. */
function lastNumber(names: readonly string[], use: KeyUse): number {
  const ofUse = names.findLast((name) => name.startsWith(`${use}-`));
  return ofUse === undefined ? 0 : Number(ofUse.slice(use.length + 1, -'.json'.length));
}

async function readKeyFiles(folder: string): Promise<readonly KeyFile[]> {
  const names = await listKeyFiles(folder);
  return Promise.all(
    names.map(async (name) => {
      const content = readJson(await readFile(join(folder, name)));
      if (!keyFileSchema.accepts(content))
        throw new ConfigError('DATA_DIR', `holds a key file that cannot be read: keys/${name}`);
      return content;
    }),
  );
}

async function changedAt(folder: string): Promise<number> {
  return (await stat(folder)).mtimeMs;
}

function buildKeyRing(files: readonly KeyFile[]): KeyRing {
  const asymmetric = files.filter((file) => 'privateKey' in file);
  const secrets = files.filter((file) => 'secret' in file);
  return {
    signing: asymmetric.filter(({ use }) => use === 'signing').map(readSigningKey),
    encryption: asymmetric.filter(({ use }) => use === 'encryption').map(readEncryptionKey),
    vault: {
      encryption: secrets
        .filter(({ use }) => use === 'account-encryption')
        .map(readSecretKey)
        .toReversed(),
      index: secrets
        .filter(({ use }) => use === 'account-index')
        .map(readSecretKey)
        .toReversed(),
    },
  };
}

function readSigningKey({ kid, activeFrom, privateKey: pem }: Static<typeof AsymmetricKeyFile>): SigningKey {
  const privateKey = parsePrivateKey(pem, kid);
  return { kid, activeFrom: new Date(activeFrom), privateKey, publicKey: createPublicKey(privateKey) };
}

function parsePrivateKey(pem: string, kid: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // What OpenSSL says may quote the key.
    throw new ConfigError('DATA_DIR', `holds a private key that cannot be read: ${kid}`);
  }
}

function readEncryptionKey(file: Static<typeof AsymmetricKeyFile>): EncryptionKey {
  if (file.certificate === undefined)
    throw new ConfigError('DATA_DIR', 'holds an encryption key without a certificate');
  return { ...readSigningKey(file), certificate: file.certificate };
}

function readSecretKey({ version, secret }: Static<typeof SecretKeyFile>): SecretKey {
  return { version, secret: Buffer.from(secret, 'base64') };
}

function toPem(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
