/** Pending records in the memory of this process, for a kit's memory store. */
import { addSeconds } from '@payment-passkeys/protocol';
import { PENDING_KEPT_SECONDS, type Pending } from '../pending/pending.ts';

export interface PendingMap<Thing extends Pending> {
  /** Adds a new record, and deletes those that started more than {@link PENDING_KEPT_SECONDS} earlier. */
  add(thing: Thing): void;
  find(stateHash: string): Thing | undefined;
  /** Replaces the record with the same key. */
  replace(thing: Thing): void;
  /** All records, in the order in which they were added. */
  list(): readonly Thing[];
}

export function createPendingMap<Thing extends Pending>(): PendingMap<Thing> {
  const kept = new Map<string, Thing>();
  return {
    add(thing) {
      for (const [key, { startedAt }] of kept) {
        if (addSeconds(startedAt, PENDING_KEPT_SECONDS) < thing.startedAt) kept.delete(key);
      }
      kept.set(thing.stateHash, thing);
    },
    find: (stateHash) => kept.get(stateHash),
    replace: (thing) => void kept.set(thing.stateHash, thing),
    list: () => [...kept.values()],
  };
}

/** Sets the completion if there is none, and returns the one that is kept. Undefined if there is no such record. */
export function completeOnce<Completion, Thing extends Pending & { readonly completion?: Completion }>(
  things: PendingMap<Thing>,
  stateHash: string,
  completion: Completion,
): Completion | undefined {
  const thing = things.find(stateHash);
  if (thing === undefined) return undefined;
  if (thing.completion === undefined) things.replace({ ...thing, completion });
  return things.find(stateHash)?.completion;
}
