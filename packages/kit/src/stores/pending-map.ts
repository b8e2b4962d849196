/** Pending things in the memory of this process, for a kit's memory store. */
import { addSeconds } from '@payment-passkeys/protocol';
import { PENDING_KEPT_SECONDS, type Pending } from '../pending/pending.ts';

export interface PendingMap<Thing extends Pending> {
  /** Adds a new one, and deletes those that are older than {@link PENDING_KEPT_SECONDS} at its start. */
  add(thing: Thing): void;
  find(stateHash: string): Thing | undefined;
  /** Puts `thing` in place of the one with its key. */
  replace(thing: Thing): void;
  /** All of them, in the order in which they were added. */
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

/** Sets a completion unless there is one, and returns the one that is kept. Undefined if there is no such thing. */
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
