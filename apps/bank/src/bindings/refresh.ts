/** Asks the network which bindings there are of a customer's cards, and keeps the answer. */

import type { Issuer } from '@payment-passkeys/issuer/server';
import type { CustomerStore } from '../accounts/customers.ts';
import type { BindingStore, FoundBinding } from './store.ts';

/** One search for each number. Throws IssuerError if the network does not answer each of them; the copy is then unchanged. */
export async function refreshBindings(
  parts: {
    readonly network: Pick<Issuer, 'accounts' | 'bindings'>;
    readonly customers: Pick<CustomerStore, 'findCardNumbers'>;
    readonly bindings: BindingStore;
    readonly clock: () => Date;
  },
  customerId: string,
): Promise<void> {
  const { network, customers, bindings, clock } = parts;
  const askedAt = clock();
  const cards = await customers.findCardNumbers(customerId);
  const merged = new Map<string, FoundBinding>();
  for (const { primaryAccountNumber, replacedNumber, lastFours } of cards) {
    const [lastFour = ''] = lastFours;
    for (const number of [primaryAccountNumber, ...(replacedNumber === undefined ? [] : [replacedNumber])]) {
      // One after the other: after an outage the kit sends only one call, and the next ones after that call was answered.
      const found = await network.bindings.search({ account: { primaryAccountNumber: number } });
      for (const binding of found) {
        const before = merged.get(binding.bindingId)?.lastFours ?? [];
        const { panLastFour = lastFour } = binding;
        merged.set(binding.bindingId, { ...binding, lastFours: [...new Set([...before, panLastFour])] });
      }
    }
  }
  await bindings.saveFound({ customerId, bindings: [...merged.values()], askedAt });
}
