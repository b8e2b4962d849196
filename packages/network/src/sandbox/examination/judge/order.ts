/** Judges whether a shop treats an order as paid, by the payments that it starts next (contract §9). Pure. */
import type { Evidence, Verdict } from './verdict.ts';

export function judgeOrder(expects: 'KEEPS_ORDER_OPEN' | 'KEEPS_ORDER_PAID', { observed, over }: Evidence): Verdict {
  const next = observed.find((observation) => observation.kind === 'NEXT_PAYMENT')?.order;
  const again = next === 'SAME' || observed.some(({ kind }) => kind === 'ORDER_AGAIN');
  if (expects === 'KEEPS_ORDER_PAID') {
    if (again) return { state: 'FAILED', seen: 'Another payment of the approved order was started.' };
    return over ? { state: 'PASSED' } : { state: 'PLAYING' };
  }
  if (again) return { state: 'PASSED' };
  if (next === 'OTHER') {
    return {
      state: 'FAILED',
      seen: 'The next payment was of another order: the shop treats this one as paid, or did not try it again.',
    };
  }
  return over ? { state: 'NOT_REACHED', seen: 'No other payment followed.' } : { state: 'PLAYING' };
}
