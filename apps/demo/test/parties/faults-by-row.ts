/** For each row of the examination that a server can fail: the fault that fails it, present in this row's session alone. */
import type { BankFault } from './small-bank.ts';
import type { ShopFault } from './small-shop.ts';

/** Undefined if no fault is known for the row. */
export function bankFaultFor(row: string): BankFault | undefined {
  if (row === 'create-enrolled' || row === 'use-enrolled') return 'BINDS_TWICE';
  if (/^(create|use)-/.test(row)) return 'BINDS_WITHOUT_PROOF';
  if (row.startsWith('proof-')) return 'BINDS_UNCHECKED';
  return BANK_FAULTS[row];
}

const BANK_FAULTS: Readonly<Record<string, BankFault>> = {
  'callback-twice': 'BINDS_UNCHECKED',
  'callback-other-browser': 'TAKES_ANY_BROWSER',
  'callback-unknown-session': 'BINDS_UNCHECKED',
  'authenticators-lost': 'TAKES_SILENCE_FOR_REFUSAL',
  'authenticators-slow': 'TAKES_SILENCE_FOR_REFUSAL',
  'authenticators-unavailable': 'TAKES_SILENCE_FOR_REFUSAL',
  'authenticators-garbage': 'TAKES_SILENCE_FOR_REFUSAL',
  'authenticators-refused': 'REPEATS_REFUSED_PROOF',
  'binding-suspended': 'REFUSES_EVENTS',
  'event-repeated': 'REFUSES_EVENTS',
  'event-out-of-order': 'REFUSES_EVENTS',
  'event-forged': 'TAKES_ANY_EVENT',
};

export function shopFaultFor(row: string): ShopFault | undefined {
  if (row.startsWith('pay-approved')) return 'FORGETS_PAYMENT';
  if (row === 'pay-event-forged') return 'TAKES_ANY_EVENT';
  if (row === 'pay-binding-suspended' || row.startsWith('pay-event-')) return 'REFUSES_EVENTS';
  return row.startsWith('pay-') ? 'TAKES_RETURN_FOR_PAYMENT' : undefined;
}
