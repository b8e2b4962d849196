/** What payments and added cards are built with; each names its own part of the store and its own events. */
import type { CallbackOrigins, CallContext, KitTracing, TraceContext } from '@payment-passkeys/kit';
import type { Network } from './network.ts';

export interface Dependencies<Store, Event> {
  readonly network: Network;
  readonly store: Store;
  readonly callbacks: CallbackOrigins;
  readonly clock: () => Date;
  readonly tracing: KitTracing;
  readonly emit: (event: Event) => void;
  /** The deadline of a call of the shop's, and its trace. */
  readonly contextOf: (trace: TraceContext | undefined) => CallContext;
}
