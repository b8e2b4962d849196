/** The filters of the list of sessions, as they stand in the address: every number of the overview links to them. Pure. */
import { REASONS, type Reason } from '@payment-passkeys/protocol';
import {
  BROWSER_FAMILIES,
  FUNNEL_STEPS,
  SESSION_KINDS,
  SESSION_OUTCOMES,
  type SessionSearch,
} from '@payment-passkeys/protocol/console';
import { withQuery } from '../../router.ts';
import { readTime } from '../../search/times.ts';

/** What the API filters by. Never an account, and no id: what was typed into the search field is in no address. */
export type Filters = Pick<
  SessionSearch,
  'clientId' | 'kind' | 'outcome' | 'reason' | 'browserFamily' | 'step' | 'from' | 'to'
>;

const CLIENT_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The filters of an address. A value that the API would refuse counts as absent. */
export function readFilters(query: URLSearchParams): Filters {
  const oneOf = <Value extends string>(name: keyof Filters, values: readonly Value[]) =>
    values.find((value) => value === query.get(name));
  const clientId = query.get('clientId') ?? '';
  return dropAbsent({
    clientId: CLIENT_ID.test(clientId) ? clientId : undefined,
    kind: oneOf('kind', SESSION_KINDS),
    outcome: oneOf('outcome', SESSION_OUTCOMES),
    reason: oneOf<Reason>('reason', REASONS),
    browserFamily: oneOf('browserFamily', BROWSER_FAMILIES),
    step: oneOf('step', FUNNEL_STEPS),
    from: readTime(query.get('from')),
    to: readTime(query.get('to')),
  });
}

/** The address of the list with these filters. */
export function addressOf(filters: Filters): string {
  return withQuery('/sessions', filters);
}

function dropAbsent(filters: { readonly [Name in keyof Filters]: Filters[Name] | undefined }): Filters {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
}
