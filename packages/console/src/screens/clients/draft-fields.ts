/** What the groups of fields of a client's form get. */
import type { ClientKey } from '@payment-passkeys/protocol/console';
import type { ApiProblem } from '../../problem.ts';
import type { Draft } from './draft.ts';

export interface DraftFields {
  readonly draft: Draft;
  /** The keys that the network has read. */
  readonly keys: readonly ClientKey[];
  readonly problem: ApiProblem | undefined;
  /** The client exists: its id and role stay. */
  readonly known: boolean;
  readonly change: (change: Partial<Draft>) => void;
  /** Called with the field's pointer when the operator leaves it. */
  readonly leave: (pointer: string) => void;
}
