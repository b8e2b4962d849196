/** One key on disk: a JSON file, mode 0600, written once as a whole and never changed. */
import { createPublicKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { chmod, link, readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ChannelError,
  generateEncryptionKey,
  generateSigningKey,
  generateWebhookKey,
  readPrivateKey,
  readPublicKey,
  readWebhookPrivateKey,
} from '@payment-passkeys/channel';
import { addSeconds, compileSchema, type Mode, Timestamp } from '@payment-passkeys/protocol';
import { makeFolder } from '@payment-passkeys/storage';
import Type, { type Static } from 'typebox';
import { ConfigError } from '../../platform/config/config-error.ts';
import { readJson } from '../../platform/http/json-body.ts';
import { NORMAL_FORM } from '../accounts/canonical-account.ts';

export const KEY_USES = ['signing', 'encryption', 'account-encryption', 'account-index', 'webhook-signing'] as const;
export type KeyUse = (typeof KEY_USES)[number];
/** Without such a key no events are posted to webhooks, and everything else works. */
export const OPTIONAL_KEY_USE: KeyUse = 'webhook-signing';
/** The version is one byte of the sealed value. */
export const MAX_SECRET_VERSION = 255;

/** The mode that the key was made in: a key of the sandbox is never used in production. Absent in files that are older than the field. */
const made = {
  mode: Type.Optional(Type.Union([Type.Literal('sandbox'), Type.Literal('production')])),
  activeFrom: Timestamp,
};
const Kid = Type.String({ pattern: '^[\\x21-\\x7e]+$', maxLength: 100 });
const Pem = Type.String({ maxLength: 16 * 1024 });

const AsymmetricKeyFile = Type.Object({
  use: Type.Union([Type.Literal('signing'), Type.Literal('encryption'), Type.Literal('webhook-signing')]),
  kid: Kid,
  ...made,
  privateKey: Pem,
  certificate: Type.Optional(Pem),
});
/** The private key is held elsewhere: see `signer` of `startNetwork`. */
const ExternalKeyFile = Type.Object({ use: Type.Literal('signing'), kid: Kid, ...made, publicKey: Pem });
const SecretKeyFile = Type.Object({
  use: Type.Union([Type.Literal('account-encryption'), Type.Literal('account-index')]),
  version: Type.Integer({ minimum: 1, maximum: MAX_SECRET_VERSION }),
  ...made,
  /** 32 bytes, base64. */
  secret: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$', maxLength: 44 }),
  /** For an index key; absent in files that are older than the field (see SecretKey). */
  normalForm: Type.Optional(Type.Integer({ minimum: NORMAL_FORM })),
});
export type AsymmetricKeyFile = Static<typeof AsymmetricKeyFile>;
export type ExternalKeyFile = Static<typeof ExternalKeyFile>;
export type SecretKeyFile = Static<typeof SecretKeyFile>;
const KeyFile = Type.Union([AsymmetricKeyFile, ExternalKeyFile, SecretKeyFile]);
export type KeyFile = Static<typeof KeyFile>;
const keyFileSchema = compileSchema(KeyFile);

/** Makes a key with the given number, which is the version of a secret key. */
export async function makeKey(options: {
  readonly use: KeyUse;
  readonly number: number;
  readonly mode: Mode;
  readonly activeFrom: Date;
}): Promise<KeyFile> {
  const { use, number, mode, activeFrom } = options;
  const common = { mode, activeFrom: activeFrom.toISOString() };
  if (use === 'account-encryption' || use === 'account-index') {
    if (number > MAX_SECRET_VERSION)
      throw new ConfigError('DATA_DIR', `has had ${number - 1} ${use} keys: there is no version left.`);
    const secret = { use, version: number, ...common, secret: randomBytes(32).toString('base64') };
    return use === 'account-index' ? { ...secret, normalForm: NORMAL_FORM } : secret;
  }
  const stamp = activeFrom.toISOString().replace(/\D/g, '').slice(0, 14);
  const kid = `${stamp}-${KID_WORDS[use]}-${String(number).padStart(4, '0')}`;
  if (use === 'webhook-signing') return { use, kid, ...common, privateKey: generateWebhookKey() };
  if (use === 'signing') return { use, kid, ...common, privateKey: toPem((await generateSigningKey()).privateKey) };
  const key = await generateEncryptionKey({
    name: kid,
    subject: 'CN=payment passkeys network',
    notBefore: activeFrom,
    notAfter: addSeconds(activeFrom, TEN_YEARS_SECONDS),
  });
  return { use, kid, ...common, privateKey: toPem(key.privateKey), certificate: key.certificate };
}

const KID_WORDS = {
  signing: 'proof-signing',
  encryption: 'payload-encryption',
  'webhook-signing': 'webhook-signing',
};

const TEN_YEARS_SECONDS = 10 * 365 * 24 * 60 * 60;

function toPem(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * Answers false when another process wrote the file of that number first. The file is written aside and then linked, so it is never
 * incomplete.
 */
export async function writeKeyFile(folder: string, file: KeyFile, number: number): Promise<boolean> {
  await makeFolder(folder, 0o700);
  await chmod(folder, 0o700);
  const draft = join(folder, `.${randomUUID()}`);
  await writeFile(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, join(folder, keyFileName(file.use, number)));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

export function keyFileName(use: KeyUse, number: number): string {
  return `${use}-${String(number).padStart(4, '0')}.json`;
}

export async function listKeyFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^[a-z-]+-\d{4}\.json$/.test(name)).toSorted();
}

/**
 * Reads every key of the folder, in the order of their numbers. Throws {@link ConfigError} that names a file which cannot be read, was made
 * in another mode, has a weak key, has the kid or version of another file, or, in production, is readable by others than its owner.
 */
export async function readKeyFiles(folder: string, mode: Mode): Promise<readonly KeyFile[]> {
  const names = await listKeyFiles(folder);
  const files = await Promise.all(names.map((name) => readKeyFile(folder, name, mode)));
  refuseSameNames(names.flatMap((name, position) => (files[position] === undefined ? [] : [[name, files[position]]])));
  return files.filter((file) => file !== undefined);
}

/** A key is found by its kid, a secret by its version. If two had the same name, one would be used to read what the other has written. */
function refuseSameNames(files: readonly (readonly [name: string, file: KeyFile])[]): void {
  const seen = new Map<string, string>();
  for (const [name, file] of files) {
    const key = 'secret' in file ? `${file.use} version ${file.version}` : `kid ${file.kid}`;
    const other = seen.get(key);
    if (other !== undefined) {
      throw new ConfigError(
        'DATA_DIR',
        `holds two keys of one name (${key}): keys/${other} and keys/${name}. Rename or remove one.`,
      );
    }
    seen.set(key, name);
  }
}

async function readKeyFile(folder: string, name: string, mode: Mode): Promise<KeyFile | undefined> {
  const path = join(folder, name);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined; // another process deleted it since the folder was listed
    throw new ConfigError('DATA_DIR', `holds a key file that cannot be read: keys/${name} (${error.code})`);
  });
  if (bytes === undefined) return undefined;
  const content = readJson(bytes);
  if (!keyFileSchema.accepts(content))
    throw new ConfigError('DATA_DIR', `holds a key file that cannot be read: keys/${name}`);
  const { mode: madeIn = 'sandbox' } = content;
  if (madeIn !== mode) {
    throw new ConfigError(
      'DATA_DIR',
      `holds a key that was made in ${madeIn} mode, and MODE is ${mode}: keys/${name}. Each mode has a DATA_DIR of its own.`,
    );
  }
  if (mode === 'production' && process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) {
    throw new ConfigError('DATA_DIR', `holds a key file that others than its owner may use: chmod 600 keys/${name}`);
  }
  checkStrength(content, name);
  return content;
}

/** A key that was made elsewhere may be weak. */
function checkStrength(file: KeyFile, name: string): void {
  if ('secret' in file) {
    // 32 random bytes have about 30 different values. The probability of fewer than 16 is below 2^-60.
    if (new Set(Buffer.from(file.secret, 'base64')).size >= 16) return;
    throw new ConfigError('DATA_DIR', `holds a secret that is not random: keys/${name}`);
  }
  try {
    if ('publicKey' in file) readPublicKey(file.publicKey);
    else privateHalf(file);
  } catch (error) {
    // OpenSSL's message may quote the key; a ChannelError's does not.
    const problem = error instanceof ChannelError ? error.message : 'It cannot be read.';
    const half = 'publicKey' in file ? 'public' : 'private';
    throw new ConfigError('DATA_DIR', `holds a ${half} key that cannot be used: ${file.kid}. ${problem}`);
  }
}

/** The private key: Ed25519 for webhooks, RSA for the other uses. */
export function privateHalf({ use, privateKey }: AsymmetricKeyFile): KeyObject {
  return use === 'webhook-signing' ? readWebhookPrivateKey(privateKey) : readPrivateKey(privateKey);
}

export function publicHalf(file: AsymmetricKeyFile | ExternalKeyFile): KeyObject {
  return 'publicKey' in file ? readPublicKey(file.publicKey) : createPublicKey(privateHalf(file));
}
