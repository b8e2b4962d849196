/** The filters of the list of sessions, as they stand in the address: every number of the overview links to them. Pure. */
import { REASONS, type Reason } from '@payment-passkeys/protocol';
import type {
  BrowserFamilyName,
  FunnelStep,
  SessionKind,
  SessionOutcome,
  SessionSearch,
} from '@payment-passkeys/protocol/console';
import { withQuery } from '../../router.ts';
import { readTime } from '../../search/times.ts';

/** What the API filters by. Never an account, and no id: what was typed into the search field is in no address. */
export type Filters = Pick<
  SessionSearch,
  'clientId' | 'kind' | 'outcome' | 'reason' | 'browserFamily' | 'step' | 'from' | 'to'
>;

/** Copies: the protocol's lists would load its schemas. */
export const KINDS: readonly SessionKind[] = keysOf({ ENROLMENT: true, PAYMENT: true } satisfies Record<
  SessionKind,
  true
>);
export const OUTCOMES: readonly SessionOutcome[] = keysOf({
  OPEN: true,
  SUCCEEDED: true,
  CANCELLED: true,
  FAILED: true,
  UNBOUND: true,
  EXPIRED: true,
  SUPERSEDED: true,
} satisfies Record<SessionOutcome, true>);
export const STEPS: readonly FunnelStep[] = keysOf({
  STARTED: true,
  OPENED: true,
  CEREMONY: true,
  RESULT: true,
  SUCCEEDED: true,
} satisfies Record<FunnelStep, true>);
export const BROWSERS: readonly BrowserFamilyName[] = keysOf({
  'Chrome desktop': true,
  'Chrome mobile': true,
  'Safari desktop': true,
  'Safari mobile': true,
  'Firefox desktop': true,
  'Firefox mobile': true,
  'Edge desktop': true,
  'Edge mobile': true,
  'Samsung Internet desktop': true,
  'Samsung Internet mobile': true,
  'Other desktop': true,
  'Other mobile': true,
  Unknown: true,
} satisfies Record<BrowserFamilyName, true>);

function keysOf<Key extends string>(keys: Readonly<Record<Key, true>>): readonly Key[] {
  return Object.keys(keys) as Key[]; // Object.keys loses the key types
}

const CLIENT_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The filters of an address. A value that the API would refuse counts as absent. */
export function readFilters(query: URLSearchParams): Filters {
  const oneOf = <Value extends string>(name: keyof Filters, values: readonly Value[]) =>
    values.find((value) => value === query.get(name));
  const clientId = query.get('clientId') ?? '';
  return dropAbsent({
    clientId: CLIENT_ID.test(clientId) ? clientId : undefined,
    kind: oneOf('kind', KINDS),
    outcome: oneOf('outcome', OUTCOMES),
    reason: oneOf<Reason>('reason', REASONS),
    browserFamily: oneOf('browserFamily', BROWSERS),
    step: oneOf('step', STEPS),
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
