/** The status of a binding on the wire. */
import type { BindingStatus } from '@payment-passkeys/protocol';

/** What waits for its issuer may be suspended as well: `suspendedBy` says so beside the status. */
export function statusOf(binding: {
  readonly deleted: boolean;
  readonly pendingActivation: boolean;
  readonly suspended: boolean;
}): BindingStatus {
  if (binding.deleted) return 'DELETED';
  if (binding.pendingActivation) return 'PENDING_ACTIVATION';
  return binding.suspended ? 'SUSPENDED' : 'ACTIVE';
}
