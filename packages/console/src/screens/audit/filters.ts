/** The filters of the audit trail, as they stand in the address. Pure. */
import type { AuditAction, AuditQuery } from '@payment-passkeys/protocol/console';
import { readTime } from '../../search/times.ts';

export type AuditFilters = Pick<AuditQuery, 'actor' | 'action' | 'subject' | 'from' | 'to'>;

/** A copy: the protocol's list would load its schemas. */
export const ACTIONS: readonly AuditAction[] = Object.keys({
  'client.added': true,
  'client.replaced': true,
  'client.suspended': true,
  'client.resumed': true,
  'webhook.enabled': true,
  'webhook.tested': true,
  'events.replayed': true,
  'binding.suspended': true,
  'binding.resumed': true,
  'binding.deleted': true,
  'binding.card-replaced': true,
  'passkey.deleted': true,
  'passkey.device-forgotten': true,
  'passkeys.searched': true,
  'key.made': true,
  'operator.invited': true,
  'operator.invitation-withdrawn': true,
  'operator.joined': true,
  'operator.role-changed': true,
  'operator.removed': true,
  'operator.signed-in': true,
  'approval.requested': true,
  'approval.approved': true,
  'approval.rejected': true,
  'approval.withdrawn': true,
  'audit.exported': true,
} satisfies Record<AuditAction, true>) as AuditAction[]; // Object.keys loses the key types

/** The filters of an address. A value that the API would refuse counts as absent. */
export function readFilters(query: URLSearchParams): AuditFilters {
  const text = (name: string, longest: number) => {
    const value = query.get(name)?.trim() ?? '';
    return value === '' || value.length > longest ? undefined : value;
  };
  const filters = {
    actor: text('actor', 100),
    action: ACTIONS.find((action) => action === query.get('action')),
    subject: text('subject', 64),
    from: readTime(query.get('from')),
    to: readTime(query.get('to')),
  };
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
}
