/** The filters of the audit trail, as they stand in the address. Pure. */
import { AUDIT_ACTIONS, type AuditQuery } from '@payment-passkeys/protocol/console';
import { readTime } from '../../search/times.ts';

export type AuditFilters = Pick<AuditQuery, 'actor' | 'action' | 'subject' | 'from' | 'to'>;

/** The filters of an address. A value that the API would refuse counts as absent. */
export function readFilters(query: URLSearchParams): AuditFilters {
  const text = (name: string, longest: number) => {
    const value = query.get(name)?.trim() ?? '';
    return value === '' || value.length > longest ? undefined : value;
  };
  const filters = {
    actor: text('actor', 100),
    action: AUDIT_ACTIONS.find((action) => action === query.get('action')),
    subject: text('subject', 64),
    from: readTime(query.get('from')),
    to: readTime(query.get('to')),
  };
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
}
