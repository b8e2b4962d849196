/** What payments and added cards depend on; each has its own part of the store and its own events. */
import type { CallbackOrigins, CallContext, KitTracing, TraceContext } from '@payment-passkeys/kit';
import type { Network } from './network.ts';

export interface Dependencies<Store, Event> {
  readonly network: Network;
  readonly store: Store;
  readonly callbacks: CallbackOrigins;
  readonly clock: () => Date;
  readonly tracing: KitTracing;
  readonly emit: (event: Event) => void;
  /** The deadline and the trace of a call. */
  readonly contextOf: (trace: TraceContext | undefined) => CallContext;
}
