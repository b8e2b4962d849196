/** The merchants that a payment service provider acts for. It registers each before a session names it. */
import Type, { type Static } from 'typebox';
import { Country, MerchantId } from './fields.ts';
import { MerchantName, WebOrigin } from './transactions.ts';

/** Below the network's public URL. A signed POST registers a merchant, a signed GET lists them. */
export const MERCHANTS_PATH = '/authentication/merchants';

/** The path of one merchant. A signed PUT replaces its registration, a signed DELETE deletes it. */
export function merchantPath(merchantId: string): string {
  return `${MERCHANTS_PATH}/${merchantId}`;
}

/** A provider's data about a merchant. */
export const MerchantRegistration = Type.Object({
  /** The name that cardholders see. Stored in Unicode NFC. */
  name: MerchantName,
  /** The origin of the merchant's pages, as browsers spell it. No two merchants of a provider have the same. */
  origin: WebOrigin,
  /** Where the merchant is established. */
  country: Country,
  /** The merchant's category: ISO 18245. */
  category: Type.String({ pattern: '^[0-9]{4}$', maxLength: 4 }),
  /** Whether Secure Payment Confirmation may run in a frame of the provider on a page of this origin. Absent: no. */
  frame: Type.Optional(Type.Boolean()),
});
export type MerchantRegistration = Static<typeof MerchantRegistration>;

/** A registered merchant. */
export const Merchant = Type.Object({
  merchantId: MerchantId,
  ...MerchantRegistration.properties,
  frame: Type.Boolean(),
});
export type Merchant = Static<typeof Merchant>;

export const MerchantParameters = Type.Object({ merchantId: MerchantId });

/** The most merchants of one answer. */
export const MAX_LISTED_MERCHANTS = 500;
/** The number of merchants of one answer if the request has no `limit`. */
export const DEFAULT_LISTED_MERCHANTS = 100;

/** The query of the list. Without `after`, the answer begins with the first merchant. */
export const MerchantsQuery = Type.Object({
  /** The `next` of the answer before. */
  after: Type.Optional(MerchantId),
  /** 1 to MAX_LISTED_MERCHANTS; DEFAULT_LISTED_MERCHANTS if absent. */
  limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|[1-4][0-9]{2}|500)$', maxLength: 3 })),
});
export type MerchantsQuery = Static<typeof MerchantsQuery>;

/** The provider's merchants, in the order of their ids. */
export const MerchantPage = Type.Object({
  merchants: Type.Array(Merchant, { maxItems: MAX_LISTED_MERCHANTS }),
  /** Where the next page begins. Absent at the end of the list. */
  next: Type.Optional(MerchantId),
});
export type MerchantPage = Static<typeof MerchantPage>;
