/** The age of each key, and when its successor is due. */
import { addSeconds } from '@payment-passkeys/protocol';
import { KEY_USES, type KeyFile, type KeyUse } from './key-file.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** How long a key is used before its successor is due: docs/operating-the-network.md, "Keys". */
export const ROTATION_SECONDS: { readonly [use in KeyUse]: number } = {
  signing: 31 * DAY_SECONDS,
  encryption: 366 * DAY_SECONDS,
  'account-encryption': 31 * DAY_SECONDS,
  'account-index': 366 * DAY_SECONDS,
  'webhook-signing': 366 * DAY_SECONDS,
};

export interface ScheduledKey {
  readonly use: KeyUse;
  /** The `kid`, or the version of a secret. */
  readonly name: string;
  /** NEXT: will be used from `activeFrom` on. IN_USE: is used now. EARLIER: is used for reading only. */
  readonly state: 'NEXT' | 'IN_USE' | 'EARLIER';
  readonly activeFrom: Date;
  /** Whole days since `activeFrom`; 0 before it. */
  readonly ageDays: number;
  /** When the successor of the newest key must be in use; undefined for the other keys. */
  readonly rotationDue: Date | undefined;
}

/** In the order of {@link KEY_USES}; the newest key of each use first. */
export function scheduleKeys(files: readonly KeyFile[], now: Date): readonly ScheduledKey[] {
  return KEY_USES.flatMap((use) => {
    const dated = files
      .filter((file) => file.use === use)
      .map((file) => ({ name: 'kid' in file ? file.kid : `version ${file.version}`, from: new Date(file.activeFrom) }))
      .toSorted((a, b) => b.from.getTime() - a.from.getTime());
    const inUse = dated.findIndex(({ from }) => from <= now);
    return dated.map(({ name, from }, position) => ({
      use,
      name,
      state: position === inUse ? 'IN_USE' : from > now ? 'NEXT' : 'EARLIER',
      activeFrom: from,
      ageDays: Math.max(0, Math.floor((now.getTime() - from.getTime()) / 1000 / DAY_SECONDS)),
      rotationDue: position === 0 ? addSeconds(from, ROTATION_SECONDS[use]) : undefined,
    }));
  });
}
