/** Events of payments and added cards, for the shop's logs and counts. */
import type { CardEvent } from './cards/events.ts';
import type { PaymentEvent } from './payments/events.ts';

/** No event carries an id, an amount, an account, an address or a proof. */
export type MerchantEvent = PaymentEvent | CardEvent;

/** The shop's hook. Its errors are dropped, and the kit does not wait for it. */
export type OnEvent = (event: MerchantEvent) => void;
