/** The payment of a session, and what it takes from the registration of a payment service provider's merchant. */
import type { AcquirerData } from '@payment-passkeys/protocol';

/** The payment that a session asks the cardholder to approve. */
export interface Payment extends Readonly<AcquirerData> {
  readonly merchantName: string;
  readonly merchantOrigin: string;
  readonly orderId: string;
  /** A decimal with the currency's own number of digits. */
  readonly amount: string;
  readonly currency: string;
}

/** A payment as a session's request says it. A provider's request may leave out what the merchant's registration says. */
export type GivenPayment = Omit<Payment, 'merchantName' | 'merchantOrigin'> &
  Partial<Pick<Payment, 'merchantName' | 'merchantOrigin'>>;

/** What a session takes from the registration of the merchant that it names. Empty if it names none. */
export type MerchantFacts = Partial<Pick<Payment, (typeof MERCHANT_FACTS)[number]>>;
export const MERCHANT_FACTS = [
  'merchantName',
  'merchantOrigin',
  'merchantCountryCode',
  'merchantCategoryCode',
] as const satisfies readonly (keyof Payment)[];

/** What the payment says of its merchant. */
export function pickFacts(payment: GivenPayment | null | undefined): MerchantFacts {
  const given = MERCHANT_FACTS.filter((field) => payment?.[field] !== undefined);
  return Object.fromEntries(given.map((field) => [field, payment?.[field]]));
}
