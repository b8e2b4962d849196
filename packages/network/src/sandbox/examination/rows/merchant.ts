/**
 * The rows of a merchant's examination, in the order in which sessions meet them. Only payments (TRANSACTION_AUTHENTICATION) meet rows. The card
 * needs a passkey on the device SAME before the first row: the network has to answer nextStep AUTHENTICATE.
 *
 * A merchant spends a proof in its own records, which the network cannot see. The network only sees whether the shop starts another payment of
 * the same order: then the shop does not treat it as paid. So most rows end with the shop's own "Try again" (`afterwards`).
 */
import { REASONS, type Reason } from '@payment-passkeys/protocol';
import { eventRows } from './events.ts';
import { playReason } from './reasons.ts';
import type { Expectation, Play, ProofFault, Row } from './row.ts';

const approved = { do: 'APPROVE', device: 'SAME', returns: 'ONCE' } as const;

const STAYS_OPEN = 'The order is not paid: keep it open, and let the shopper try again.';

const AT_THE_PAGE = 'If the shop then sends the shopper to the network’s page, they return with USER_CANCELLATION.';

/** A payment creates no passkey (contract §3). */
const NOT_OF_PAYMENTS: readonly Reason[] = ['DUPLICATE_CREDENTIALS', 'CREDENTIALS_CREATION_NOT_ALLOWED'];

const reasonRows: readonly Row[] = REASONS.filter((reason) => !NOT_OF_PAYMENTS.includes(reason)).map((reason) => ({
  ...playReason(reason, approved),
  id: `pay-${reason.toLowerCase().replaceAll('_', '-')}`,
  role: 'MERCHANT',
  scenario: 'PAY',
  afterwards: 'SAME_ORDER',
  right: STAYS_OPEN,
  contract: '§3',
  expects: 'KEEPS_ORDER_OPEN',
}));

interface PaymentRow extends Pick<Row, 'id' | 'played' | 'right' | 'contract'>, Pick<Row, 'needs'> {
  readonly play?: Play;
  readonly expects?: Expectation;
  readonly afterwards?: 'SAME_ORDER';
}

const open = (given: PaymentRow): Row => ({
  role: 'MERCHANT',
  cardholder: approved,
  scenario: 'PAY',
  afterwards: 'SAME_ORDER',
  play: { kind: 'NOTHING' },
  expects: 'KEEPS_ORDER_OPEN',
  ...given,
});

const paid = (id: string): Row => ({
  id,
  role: 'MERCHANT',
  cardholder: approved,
  scenario: 'PAY',
  played: 'The cardholder approves the payment and returns with a proof.',
  right: 'Verify the proof, spend it once, and treat the order as paid: no other payment of this order.',
  contract: '§9',
  play: { kind: 'NOTHING' },
  expects: 'KEEPS_ORDER_PAID',
});

const proofRow = (proof: ProofFault, id: string, what: string, check: string): Row =>
  open({
    id: `pay-proof-${id}`,
    played: `The return has ${what}.`,
    right: `${check} ${STAYS_OPEN}`,
    contract: '§9',
    play: { kind: 'PROOF', proof },
  });

const report = (given: Pick<Row, 'id' | 'played' | 'right' | 'play'>): Row =>
  open({ ...given, contract: '§10', needs: 'BROWSER' });

/** All rows of merchants. The last row can be judged without another session. */
export const MERCHANT_ROWS: readonly Row[] = [
  paid('pay-approved'),
  ...reasonRows,
  proofRow(
    'FORGED',
    'forged',
    'a proof that is signed by another key than the network’s',
    'Verify the signature by /.well-known/jwks.json.',
  ),
  proofRow(
    'OTHER_SESSION',
    'other-session',
    'a genuine proof of another session',
    'Compare the proof’s clientSessionId with the payment that this browser started.',
  ),
  proofRow('EXPIRED', 'expired', 'a genuine proof whose time is up', 'Check the proof’s exp.'),
  proofRow('OTHER_AMOUNT', 'other-amount', 'a genuine proof of another amount', 'Compare the amount and the currency.'),
  proofRow('OTHER_ORDER', 'other-order', 'a genuine proof of another order', 'Compare the orderId.'),
  proofRow('OTHER_SHOP', 'other-shop', 'a genuine proof of a payment at another shop', 'Compare the merchantOrigin.'),
  open({
    id: 'pay-callback-other-browser',
    played:
      'The return with a good proof arrives in another browser than the one that left. The shopper returns with USER_CANCELLATION.',
    right: `A return without the cookie of the browser that left changes nothing. ${STAYS_OPEN}`,
    contract: '§3',
    play: { kind: 'STRAY_CALLBACK', from: 'OTHER_BROWSER' },
  }),
  open({
    id: 'pay-callback-unknown-session',
    played: 'A return arrives for a payment that nobody started. The shopper returns with USER_CANCELLATION.',
    right: `A return to no known payment changes nothing. ${STAYS_OPEN}`,
    contract: '§3',
    play: { kind: 'STRAY_CALLBACK', from: 'UNKNOWN_SESSION' },
  }),
  report({
    id: 'pay-report-refused',
    played: `The network refuses the report of Secure Payment Confirmation. ${AT_THE_PAGE}`,
    right: STAYS_OPEN,
    play: { kind: 'REPORT_ANSWER', answer: 'REFUSED' },
  }),
  report({
    id: 'pay-report-forged-proof',
    played: `The answer to the report has a proof that is signed by another key than the network’s. ${AT_THE_PAGE}`,
    right: `Verify the proof of a report as that of a return. ${STAYS_OPEN}`,
    play: { kind: 'REPORT_ANSWER', answer: 'FORGED_PROOF' },
  }),
  paid('pay-approved-at-the-end'),
  ...eventRows('MERCHANT'),
];
