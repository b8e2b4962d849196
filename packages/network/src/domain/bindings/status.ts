/** The status of a binding on the wire. */
import type { BindingStatus } from '@payment-passkeys/protocol';

/** A binding that waits for its issuer may be suspended as well: `suspendedBy` then has who suspends it. */
export function statusOf(binding: {
  readonly deleted: boolean;
  readonly pendingActivation: boolean;
  readonly suspended: boolean;
}): BindingStatus {
  if (binding.deleted) return 'DELETED';
  if (binding.pendingActivation) return 'PENDING_ACTIVATION';
  return binding.suspended ? 'SUSPENDED' : 'ACTIVE';
}
