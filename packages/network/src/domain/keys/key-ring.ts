/** Which key does what at a given time. Pure: a key's life follows from the times at which it and its successor become active. */
import type { KeyObject } from 'node:crypto';
import { type Signer, WEBHOOK_TOLERANCE_SECONDS } from '@payment-passkeys/channel';
import { addSeconds, PROOF_SECONDS, SIGNATURE_SKEW_SECONDS } from '@payment-passkeys/protocol';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { SecretKey, VaultKeys } from '../accounts/account-vault.ts';

interface DatedKey {
  readonly activeFrom: Date;
}

export interface SigningKey extends DatedKey {
  readonly kid: string;
  /** The private key, or a signer in its place, such as a hardware security module. */
  readonly privateKey: KeyObject | Signer;
  readonly publicKey: KeyObject;
}

/** Ed25519: signs deliveries of events. */
export interface WebhookKey extends DatedKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
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
  readonly webhookSigning: readonly WebhookKey[];
  /** As of the time of the call: the version in use first, then the others. */
  readonly vault: VaultKeys;
}

/** Clients may cache key sets for this long. */
export const KEY_SET_MAX_AGE_SECONDS = 300;
/** A new key is published this long before its use: twice as long as clients may cache a key set. */
export const PUBLISH_AHEAD_SECONDS = 2 * KEY_SET_MAX_AGE_SECONDS;
/** A proof can be valid for this long after the successor of its key took over. */
const SIGNING_RETENTION_SECONDS = PROOF_SECONDS + SIGNATURE_SKEW_SECONDS;
/** A client may encrypt with a cached key for this long. */
const ENCRYPTION_RETENTION_SECONDS = 7 * 24 * 60 * 60;
/** Twice the time for which a receiver accepts a delivery, because the clocks of two processes differ. */
const WEBHOOK_RETENTION_SECONDS = 2 * WEBHOOK_TOLERANCE_SECONDS;

/**
 * The key that signs now: the youngest active one. Throws ServiceError UNAVAILABLE when none is active yet, or if the clock went back to a time
 * before that.
 */
export function signingKeyAt({ signing }: KeyRing, now: Date): SigningKey {
  const key = byAge(signing).find(({ activeFrom }) => activeFrom <= now);
  if (key === undefined) {
    const cause = new Error('There is no signing key that is active by this clock.');
    throw new ServiceError({ code: 'UNAVAILABLE', sourceType: 'SERVICE' }, { cause });
  }
  return key;
}

/** The keys whose proofs are valid now, and the next one. Youngest first. */
export function publishedSigningKeys({ signing }: KeyRing, now: Date): readonly SigningKey[] {
  return withoutRetired(byAge(signing), now, SIGNING_RETENTION_SECONDS);
}

/** The key that signs deliveries now; undefined if none is active. */
export function webhookKeyAt({ webhookSigning }: KeyRing, now: Date): WebhookKey | undefined {
  return byAge(webhookSigning).find(({ activeFrom }) => activeFrom <= now);
}

/** The keys whose deliveries receivers may have to verify now, and the next one. Youngest first. */
export function publishedWebhookKeys({ webhookSigning }: KeyRing, now: Date): readonly WebhookKey[] {
  return withoutRetired(byAge(webhookSigning), now, WEBHOOK_RETENTION_SECONDS);
}

/**
 * The keys that payloads may be encrypted with now. The first one is to be used: the youngest active one. A key that is not active yet is
 * last, so that every process knows it before a client prefers it.
 */
export function publishedEncryptionKeys({ encryption }: KeyRing, now: Date): readonly EncryptionKey[] {
  return activeFirst(withoutRetired(byAge(encryption), now, ENCRYPTION_RETENTION_SECONDS), now);
}

/**
 * The versions in the vault's order: the first one seals and indexes; all of them are used to open and to look up. A version that is not
 * active yet is included, for rows of a process with a faster clock.
 */
export function vaultOrder(keys: readonly DatedSecretKey[], now: Date): readonly DatedSecretKey[] {
  return activeFirst(byAge(keys), now);
}

function activeFirst<Key extends DatedKey>(youngestFirst: readonly Key[], now: Date): readonly Key[] {
  if (youngestFirst.length === 1) return youngestFirst; // the usual case: more keys only around a rotation
  const active = youngestFirst.findIndex(({ activeFrom }) => activeFrom <= now);
  return active <= 0 ? youngestFirst : [...youngestFirst.slice(active), ...youngestFirst.slice(0, active)];
}

function byAge<Key extends DatedKey>(keys: readonly Key[]): readonly Key[] {
  if (keys.length === 1) return keys; // the usual case
  // If two became active at the same time, the one made later is first.
  return keys.toReversed().toSorted((a, b) => b.activeFrom.getTime() - a.activeFrom.getTime());
}

function withoutRetired<Key extends DatedKey>(
  youngestFirst: readonly Key[],
  now: Date,
  retentionSeconds: number,
): readonly Key[] {
  if (youngestFirst.length === 1) return youngestFirst; // the usual case
  return youngestFirst.filter((_, position) => {
    const successor = youngestFirst[position - 1];
    return successor === undefined || addSeconds(successor.activeFrom, retentionSeconds) > now;
  });
}
