/** What the bank does when the network tells it of an event, contract §16. Each event may come more than once, and in any order. */
import type { Actor } from '@payment-passkeys/issuer/server';
import type { ApprovalStore } from './approvals.ts';
import type { NoticeStore } from './notices.ts';
import type { BindingStore } from './store.ts';

interface Change {
  readonly bindingId: string;
  readonly credentialId: string;
  readonly suspendedBy: readonly Actor[];
}
export type NetworkEvent = { readonly id: string; readonly timestamp: string; readonly triggeredBy: Actor } & (
  | { readonly type: 'binding.suspended' | 'binding.resumed' | 'binding.deleted'; readonly data: Change }
  | { readonly type: 'passkey.deleted'; readonly data: { readonly credentialId: string } }
  | {
      readonly type: 'payment.approved';
      readonly data: {
        readonly bindingId: string;
        readonly credentialId: string;
        readonly merchantName: string;
        readonly amount: string;
        readonly currency: string;
        readonly panLastFour: string;
      };
    }
  | { readonly type: 'session.ended'; readonly data: object }
);

export interface EventParts {
  readonly bindings: BindingStore;
  readonly approvals: ApprovalStore;
  readonly notices: NoticeStore;
}

/**
 * Stores what the bank shows. A binding that a shop made is not known here until the customer's next visit: an event names no account, so
 * only a search by account tells whose card it is. `session.ended` is for the log alone.
 */
export async function applyEvent({ bindings, approvals, notices }: EventParts, event: NetworkEvent): Promise<void> {
  const at = new Date(event.timestamp);
  switch (event.type) {
    case 'binding.suspended':
    case 'binding.resumed':
    case 'binding.deleted': {
      const { bindingId, suspendedBy } = event.data;
      const status = event.type === 'binding.deleted' ? 'DELETED' : suspendedBy.length > 0 ? 'SUSPENDED' : 'ACTIVE';
      return bindings.saveStates([{ bindingId, status, suspendedBy: [...suspendedBy] }], at);
    }
    case 'passkey.deleted':
      return notices.addDeletion({ ...event.data, eventId: event.id, by: event.triggeredBy, at });
    case 'payment.approved': {
      const { bindingId, credentialId, merchantName, amount, currency, panLastFour: lastFour } = event.data;
      await approvals.add({
        eventId: event.id,
        credentialId,
        merchantName,
        amount,
        currency,
        lastFour,
        approvedAt: at,
      });
      return bindings.noteUse({ bindingId, at });
    }
    default:
  }
}
