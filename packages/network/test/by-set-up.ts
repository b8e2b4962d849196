/** The author of a change that the set-up of a test makes. */
import type { ChangeContext } from '../src/domain/clients/store.ts';

export function bySetUp(now: Date): ChangeContext {
  return { author: { actor: { kind: 'NETWORK' } }, now };
}
