/** The evidence for a row, and the verdict on it. */
import type { RowState } from '@payment-passkeys/protocol/sandbox';
import type { Observation } from '../observation.ts';
import type { Row } from '../rows/index.ts';

/** `seen` is a sentence about what was seen. */
export interface Verdict {
  readonly state: Exclude<RowState, 'PENDING'>;
  readonly seen?: string;
}

/** `over`: a later row has its session, or the examination has ended, so nothing more is expected. */
export interface Evidence {
  readonly row: Row;
  readonly observed: readonly Observation[];
  readonly over: boolean;
}
