/** The rows about events (contract §16), which issuers and merchants have in common. They need a webhook in the client's registration. */
import type { ExaminedRole } from '@payment-passkeys/protocol/sandbox';
import type { Expectation, Play, Row } from './row.ts';

type Events = (Play & { kind: 'EVENTS' })['events'];

const ROWS: readonly {
  readonly id: string;
  readonly played: string;
  readonly right: string;
  readonly events: Events;
  readonly expects: Expectation;
}[] = [
  {
    id: 'binding-suspended',
    played:
      'The network tells the client that a binding is suspended, and a second later by binding.resumed that it is no longer.',
    right: 'Answer 2xx to both, and record whether the binding can be used.',
    events: 'SUSPENDED',
    expects: 'TAKES_EVENTS',
  },
  {
    id: 'event-repeated',
    played: 'The same event is delivered twice.',
    right: 'Answer 2xx both times; act once. The same id shows that it is a repeat.',
    events: 'REPEATED',
    expects: 'TAKES_EVENTS',
  },
  {
    id: 'event-out-of-order',
    played: 'A later event arrives before an earlier one.',
    right: 'Answer 2xx to both. The order of deliveries says nothing: compare timestamps.',
    events: 'OUT_OF_ORDER',
    expects: 'TAKES_EVENTS',
  },
  {
    id: 'event-forged',
    played: 'An event arrives whose signature is by another key than the network’s.',
    right: 'Verify webhook-signature by /.well-known/webhook-keys.json. Answer 4xx, and change nothing.',
    events: 'FORGED',
    expects: 'REFUSES_EVENT',
  },
];

/** The deliveries are made when the page opens; then the cardholder chooses "Not now". */
export function eventRows(role: ExaminedRole): readonly Row[] {
  return ROWS.map(({ events, ...row }) => ({
    ...row,
    id: role === 'MERCHANT' ? `pay-${row.id}` : row.id,
    role,
    cardholder: { do: 'NOT_NOW', device: 'SAME', returns: 'ONCE' },
    contract: '§16',
    play: { kind: 'EVENTS', events },
  }));
}
