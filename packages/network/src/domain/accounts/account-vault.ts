/**
 * Account references at rest: encrypted while a session needs them (AES-256-GCM, the row's identity as associated data),
 * and found again by a keyed hash (HMAC-SHA-256 over kind and canonical value, with a key version).
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { AccountReferences } from '@payment-passkeys/protocol';
import {
  type AccountKind,
  type CanonicalAccount,
  canonicalAccounts,
  earlierForms,
  type References,
} from './canonical-account.ts';

/** A symmetric key of 32 bytes with its version, 1 to 255. The first of a list is the one in use. */
export interface SecretKey {
  readonly version: number;
  readonly secret: Buffer;
  /**
   * For an index key: the normal form of the accounts that it indexes. Absent for a key of an earlier release: its rows may have normal
   * form 1 as well, so both are looked up, and rows of form 1 are moved.
   */
  readonly normalForm?: number;
}

export interface VaultKeys {
  readonly encryption: readonly SecretKey[];
  readonly index: readonly SecretKey[];
}

export interface AccountIndex {
  readonly kind: AccountKind;
  readonly index: Buffer;
  readonly keyVersion: number;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals the accounts for the row of this session. */
export function sealAccounts(accounts: AccountReferences, keys: VaultKeys, sessionId: string): Buffer {
  return seal(JSON.stringify(accounts), keys, ofSession(sessionId));
}

/** Throws when the row is not the one that was sealed, or when its key was deleted. Both are internal errors. */
export function unsealAccounts(sealed: Buffer, keys: VaultKeys, sessionId: string): AccountReferences {
  const text = unseal(sealed, keys, ofSession(sessionId));
  if (text === undefined)
    throw new Error(`The account references of a session need key version ${sealed[0]}, which is gone.`);
  // The accounts had passed the Sessions schema before they were sealed.
  return JSON.parse(text) as AccountReferences;
}

/** Returns version (1 byte) ‖ IV (12) ‖ ciphertext ‖ tag (16). `row` names the row that holds the sealed value, and is authenticated. */
export function seal(text: string, keys: Pick<VaultKeys, 'encryption'>, row: string): Buffer {
  const key = inUse(keys.encryption);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyObject(key), iv).setAAD(Buffer.from(row, 'utf8'));
  const ciphertext = cipher.update(text, 'utf8');
  cipher.final(); // adds no bytes in GCM
  return Buffer.concat([Buffer.of(key.version), iv, ciphertext, cipher.getAuthTag()]);
}

/** Undefined when the key of the sealed value was deleted. Throws when the value was not sealed for this row. */
export function unseal(sealed: Buffer, keys: Pick<VaultKeys, 'encryption'>, row: string): string | undefined {
  const key = keys.encryption.find(({ version }) => version === sealed[0]);
  if (key === undefined) return undefined;
  const iv = sealed.subarray(1, 1 + IV_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', keyObject(key), iv, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(row, 'utf8'))
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  const plaintext = decipher.update(sealed.subarray(1 + IV_BYTES, -TAG_BYTES));
  decipher.final(); // throws for a wrong tag; adds no bytes in GCM
  return plaintext.toString('utf8');
}

/** The indexes to store: one for each account, with the key in use. */
export function indexAccounts(accounts: References, keys: VaultKeys): readonly AccountIndex[] {
  const key = inUse(keys.index);
  return canonicalAccounts(accounts).map((account) => indexAccount(account, key));
}

/** The part of an index by which sessions are found. With 64 bits, a look-up among 10^9 rows finds a wrong row about once in 10^10 times. */
export function searchIndex(index: Buffer): Buffer {
  return index.subarray(0, 8);
}

/** The indexes of a session's accounts, as its row has them until the accounts are deleted. */
export interface SessionIndexes {
  /** The indexes to look up. The first of them are those that a binding stores: {@link indexAccounts}. */
  readonly accountIndexes: readonly Buffer[];
  /** The kinds of the accounts of those first indexes. */
  readonly accountKinds: readonly AccountKind[];
  /** {@link indexVersions}: with other keys, other indexes are looked up. */
  readonly accountKeyVersions: readonly number[];
}

export function indexSession(accounts: References, keys: VaultKeys): SessionIndexes {
  const canonical = canonicalAccounts(accounts);
  return {
    accountIndexes: [...indexesOf(canonical, keys), ...earlierIndexes(accounts, keys).map(({ index }) => index)],
    accountKinds: canonical.map(({ kind }) => kind),
    accountKeyVersions: indexVersions(keys),
  };
}

/** The indexes that a binding stores: a part of the session's. */
export function boundIndexes({ accountIndexes, accountKinds }: SessionIndexes): readonly Buffer[] {
  return accountIndexes.slice(0, accountKinds.length);
}

/** The versions of the index keys, the one in use first. */
export function indexVersions({ index }: Pick<VaultKeys, 'index'>): readonly number[] {
  return index.map(({ version }) => version);
}

/**
 * The indexes to look up: one for each key version and account, beginning with the version in use. If a key is of an earlier release, the indexes
 * in normal form 1 follow.
 */
export function lookupIndexes(accounts: References, keys: VaultKeys): readonly Buffer[] {
  return indexSession(accounts, keys).accountIndexes;
}

function indexesOf(canonical: readonly CanonicalAccount[], { index }: VaultKeys): readonly Buffer[] {
  return index.flatMap((key) => canonical.map((account) => indexOf(account, key)));
}

/** The indexes of the accounts in normal form 1. None, without any work, when every key was made for form 2. */
export function earlierIndexes(
  accounts: References,
  keys: VaultKeys,
): readonly { readonly account: CanonicalAccount; readonly index: Buffer }[] {
  const old = keys.index.filter(({ normalForm }) => normalForm === undefined);
  if (old.length === 0) return [];
  return earlierForms(accounts).flatMap(({ account, value }) =>
    old.map((key) => ({ account, index: indexOf({ kind: account.kind, value }, key) })),
  );
}

function indexAccount(account: CanonicalAccount, key: SecretKey): AccountIndex {
  return { kind: account.kind, index: indexOf(account, key), keyVersion: key.version };
}

/** HMAC-SHA-256 over the kind and the whole canonical value. */
export function indexOf({ kind, value }: CanonicalAccount, key: SecretKey): Buffer {
  const digest = createHmac('sha256', keyObject(key)).update(`${kind}\0${value}`, 'utf8').digest('hex');
  return Buffer.from(digest, 'hex'); // by way of a text, as in sha256
}

const keyObjects = new WeakMap<SecretKey, KeyObject>();

/** An HMAC with bytes takes Node 12 µs, with a KeyObject 2 µs: Node finds out by an exception that bytes are no KeyObject. */
export function keyObject(key: SecretKey): KeyObject {
  const known = keyObjects.get(key) ?? createSecretKey(key.secret);
  keyObjects.set(key, known);
  return known;
}

function ofSession(sessionId: string): string {
  return `session:${sessionId}`;
}

function inUse(keys: readonly SecretKey[]): SecretKey {
  const [key] = keys;
  if (key === undefined) throw new Error('There is no key for account references.');
  return key;
}
