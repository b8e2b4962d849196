/** Tells the network what customers have ordered. A call that could not be delivered stays in the store, and is tried again. */
import { type BindingState, type Issuer, IssuerError } from '@payment-passkeys/issuer/server';
import type { CustomerStore } from '../accounts/customers.ts';
import type { NetworkCall, NetworkCallStore } from './calls.ts';
import type { BindingStore } from './store.ts';

export interface DeliveryParts {
  readonly network: Pick<Issuer, 'accounts' | 'bindings'>;
  readonly customers: Pick<CustomerStore, 'findCardNumbers'>;
  readonly calls: NetworkCallStore;
  readonly bindings: BindingStore;
  readonly clock: () => Date;
  /** Takes the error of a call that was postponed or refused. */
  readonly onError: (error: unknown, call: NetworkCall) => void;
}

export interface Delivery {
  /**
   * Makes the calls that are due, of one customer or of all, one after the other, until none is due or the network is away. Errors of the
   * network go to `onError`; the rest is thrown.
   */
  deliver(customerId?: string): Promise<void>;
}

export function createDelivery(parts: DeliveryParts): Delivery {
  const { calls, bindings, clock, onError } = parts;
  return {
    async deliver(customerId) {
      for (;;) {
        const call = await calls.claimNext({ customerId, now: clock() });
        if (call === undefined) return;
        const at = clock();
        try {
          const states = await send(parts, call);
          await bindings.saveStates(states, at);
          await calls.finish(call, { now: clock() });
        } catch (error) {
          const refusal = readRefusal(error, call);
          if (refusal === undefined) {
            await calls.postpone(call, clock());
            if (!(error instanceof IssuerError)) throw error;
            onError(error, call);
            return;
          }
          const gone = isGone(call, refusal);
          if (!gone) onError(error, call);
          else if (call.bindingId !== undefined) {
            await bindings.saveStates([{ bindingId: call.bindingId, status: 'DELETED', suspendedBy: [] }], at);
          }
          await calls.finish(call, { now: clock(), refusal: gone ? undefined : refusal });
        }
      }
    },
  };
}

/**
 * Whether the network does not have the binding any more, or has no binding of the card. Nothing can be approved with it then, so a suspension
 * or a deletion counts as done. A resumption or an activation of one binding that is gone is refused.
 */
function isGone({ action, bindingId }: NetworkCall, refusal: string): boolean {
  if (refusal !== 'BINDING_NOT_FOUND' && refusal !== 'BINDING_DELETED') return false;
  return action === 'SUSPEND' || action === 'DELETE' || (action === 'RESUME' && bindingId === undefined);
}

/**
 * The reason with which the call was refused for good; undefined if it may succeed later. 401 and 403 are faults in the bank's own clock, key
 * or registration, so the call is tried again. Only a replacement is given up after 403, because later suspensions of the customer wait for it.
 */
function readRefusal(error: unknown, { action }: NetworkCall): string | undefined {
  if (!(error instanceof IssuerError)) return undefined;
  if (error.code === 'INVALID_OPTIONS') return error.code;
  const { refusal } = error;
  if (error.code !== 'NETWORK_REFUSED' || refusal === undefined) return undefined;
  if (refusal.status === 401 || (refusal.status === 403 && action !== 'REPLACE')) return undefined;
  return refusal.reason ?? String(refusal.status);
}

const VERBS = { SUSPEND: 'suspend', RESUME: 'resume', DELETE: 'remove', ACTIVATE: 'activate' } as const;

async function send({ network, customers }: DeliveryParts, call: NetworkCall): Promise<readonly BindingState[]> {
  const { action, customerId, bindingId, credentialId, cardPosition, reasonCode = 'CARDHOLDER_REQUEST' } = call;
  if (action !== 'REPLACE' && bindingId !== undefined)
    return network.bindings[VERBS[action]]({ bindingId, reasonCode });
  const card = (await customers.findCardNumbers(customerId)).find(({ position }) => position === cardPosition);
  if (card === undefined) throw new Error('An order names a card that does not exist.');
  const { primaryAccountNumber, panExpirationMonth, panExpirationYear, replacedNumber } = card;
  if (action === 'REPLACE') {
    if (replacedNumber === undefined) return []; // it was confirmed already
    await network.accounts.replace({
      from: { primaryAccountNumber: replacedNumber },
      to: { primaryAccountNumber, panExpirationMonth, panExpirationYear },
    });
    return [];
  }
  const numbers = replacedNumber === undefined ? [primaryAccountNumber] : [replacedNumber, primaryAccountNumber];
  const act = (number: string) =>
    network.bindings[VERBS[action]]({
      account: { primaryAccountNumber: number },
      ...(credentialId !== undefined && { credentialId }),
      reasonCode,
    });
  return actOnEach(numbers, act);
}

/** Until the network has confirmed a replacement, the card's bindings are by its old number, and by the new one if they were made since. */
async function actOnEach(
  numbers: readonly string[],
  act: (number: string) => Promise<readonly BindingState[]>,
): Promise<readonly BindingState[]> {
  const states: BindingState[] = [];
  const notFound: IssuerError[] = [];
  for (const number of numbers) {
    try {
      states.push(...(await act(number)));
    } catch (error) {
      if (!(error instanceof IssuerError) || error.refusal?.reason !== 'BINDING_NOT_FOUND') throw error;
      notFound.push(error);
    }
  }
  if (notFound.length === numbers.length) throw notFound[0];
  return states;
}
