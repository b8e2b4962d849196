/** Which of the network's keys does what at a given time. Pure: a key's life follows from when it and its successor become active. */
import type { KeyObject } from 'node:crypto';
import type { Signer } from '@payment-passkeys/channel';
import { addSeconds, PROOF_SECONDS, SIGNATURE_SKEW_SECONDS } from '@payment-passkeys/protocol';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { SecretKey, VaultKeys } from '../accounts/account-vault.ts';

interface DatedKey {
  readonly activeFrom: Date;
}

export interface SigningKey extends DatedKey {
  readonly kid: string;
  /** Or what signs in its place: a hardware security module. */
  readonly privateKey: KeyObject | Signer;
  readonly publicKey: KeyObject;
}

export interface EncryptionKey extends DatedKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** PEM. */
  readonly certificate: string;
}

export interface DatedSecretKey extends SecretKey, DatedKey {}

export interface KeyRing {
  readonly signing: readonly SigningKey[];
  readonly encryption: readonly EncryptionKey[];
  /** As of the moment the ring was asked for: the versions in use first, then the others. */
  readonly vault: VaultKeys;
}

/** Key sets may be cached this long, so a new key is published twice as long before it is used. */
export const KEY_SET_MAX_AGE_SECONDS = 300;
export const PUBLISH_AHEAD_SECONDS = 2 * KEY_SET_MAX_AGE_SECONDS;
/** Something signed with a key can live this long after its successor took over. */
const SIGNING_RETENTION_SECONDS = PROOF_SECONDS + SIGNATURE_SKEW_SECONDS;
/** A client may go on encrypting with a key it has cached for this long. */
const ENCRYPTION_RETENTION_SECONDS = 7 * 24 * 60 * 60;

/**
 * The key that signs now: the youngest of those that are active. Throws ServiceError UNAVAILABLE where none is: its time has not come, or the
 * clock has gone back before it.
 */
export function signingKeyAt({ signing }: KeyRing, now: Date): SigningKey {
  const key = byAge(signing).find(({ activeFrom }) => activeFrom <= now);
  if (key === undefined) {
    const cause = new Error('There is no signing key that is active by this clock.');
    throw new ServiceError({ code: 'UNAVAILABLE', sourceType: 'SERVICE' }, { cause });
  }
  return key;
}

/** The keys whose proofs are to be believed now, and the next one. Youngest first. */
export function publishedSigningKeys({ signing }: KeyRing, now: Date): readonly SigningKey[] {
  return withoutRetired(byAge(signing), now, SIGNING_RETENTION_SECONDS);
}

/**
 * The keys that payloads may be encrypted with now. The first is the one to use: the youngest of those that are active. One that is
 * not yet stands last, so that every process knows it before a client prefers it.
 */
export function publishedEncryptionKeys({ encryption }: KeyRing, now: Date): readonly EncryptionKey[] {
  return activeFirst(withoutRetired(byAge(encryption), now, ENCRYPTION_RETENTION_SECONDS), now);
}

/**
 * Versions in the order in which the vault takes them: the first seals and indexes, each of them opens and is looked for. A version
 * that is not yet active is known already, for what a process with a faster clock writes.
 */
export function vaultOrder(keys: readonly DatedSecretKey[], now: Date): readonly DatedSecretKey[] {
  return activeFirst(byAge(keys), now);
}

function activeFirst<Key extends DatedKey>(keys: readonly Key[], now: Date): readonly Key[] {
  return [...keys.filter(({ activeFrom }) => activeFrom <= now), ...keys.filter(({ activeFrom }) => activeFrom > now)];
}

function byAge<Key extends DatedKey>(keys: readonly Key[]): readonly Key[] {
  if (keys.length === 1) return keys; // but for the days around a rotation
  // Of two that became active in the same moment, the one that was made later.
  return keys.toReversed().toSorted((a, b) => b.activeFrom.getTime() - a.activeFrom.getTime());
}

function withoutRetired<Key extends DatedKey>(
  youngestFirst: readonly Key[],
  now: Date,
  retentionSeconds: number,
): readonly Key[] {
  return youngestFirst.filter((_, position) => {
    const successor = youngestFirst[position - 1];
    return successor === undefined || addSeconds(successor.activeFrom, retentionSeconds) > now;
  });
}
