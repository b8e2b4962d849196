/** What the calls after the binding depend on. */

import type { NetworkCaller } from '../network/network-caller.ts';
import type { CallContext } from '../network/network-client.ts';
import type { Check } from '../public-error.ts';
import type { TraceContext } from '../tracing/trace-context.ts';

export interface LifecycleParts {
  readonly caller: Pick<NetworkCaller<never>, 'call' | 'postEncrypted'>;
  /** The deadline and the trace of a call. */
  readonly contextOf: (trace: TraceContext | undefined) => CallContext;
  /** The kit's error boundary. */
  readonly checkGiven: (given: unknown, check: Check<never>) => void;
  readonly guardAsync: <Result>(make: () => Promise<Result>) => Promise<Result>;
}
