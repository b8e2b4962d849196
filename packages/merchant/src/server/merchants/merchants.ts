/** The calls of a payment service provider: the merchants that it acts for (`/authentication/merchants`). */
import { invalidAnswer, type LifecycleParts, reasonOf, rules, type TraceContext } from '@payment-passkeys/kit';
import {
  compileSchema,
  MERCHANTS_PATH,
  MerchantId,
  MerchantPage,
  Merchant as MerchantSchema,
  merchantPath,
  MerchantRegistration as RegistrationSchema,
} from '@payment-passkeys/protocol';

/** A payment service provider's data about a merchant. */
export interface MerchantRegistration {
  /** What cardholders see; at most 100 characters. */
  readonly name: string;
  /** The web origin of the shop's pages, as browsers spell it: `https://books.example`. No two merchants of a provider have the same. */
  readonly origin: string;
  /** ISO 3166-1, two letters. */
  readonly country: string;
  /** ISO 18245, four digits. */
  readonly category: string;
  /** Whether Secure Payment Confirmation may run in the provider's frame on a page of `origin`; false by default. */
  readonly frame?: boolean;
}

/** A merchant that is registered. */
export interface RegisteredMerchant extends Required<MerchantRegistration> {
  /** The network's id of it: the `merchant` of `startPayment` and `startCardEnrolment`. */
  readonly merchantId: string;
}

/** The field that each of these calls has. */
interface Traced {
  /** The trace of the request, if it is not the active one of OpenTelemetry's API. */
  readonly trace?: TraceContext | undefined;
}

/** The part of the list to read. */
export interface MerchantsToList extends Traced {
  /** The `next` of the page before; without it, the list begins with the first merchant. */
  readonly after?: string;
  /** 1 to 200; 100 by default. */
  readonly limit?: number;
}

/**
 * The calls of a payment service provider for its merchants. Each takes at most ten seconds, and may be made again: the same call has the same
 * result. Each throws `INVALID_OPTIONS`, which names the field; `NETWORK_REFUSED` with the reason `PROVIDER_ONLY` if this client is no provider;
 * `NETWORK_…`; `SIGNER_UNAVAILABLE`.
 */
export interface Merchants {
  /**
   * Registers a merchant; keep its `merchantId`. `NETWORK_REFUSED` with the reason `MERCHANT_ORIGIN_USED` if another registration of this
   * provider has the origin, `TOO_MANY_MERCHANTS`, or `INVALID_FIELD`.
   */
  register(merchant: MerchantRegistration & Traced): Promise<RegisteredMerchant>;
  /**
   * Replaces the whole registration; sessions that start after the answer use it. `NETWORK_REFUSED` with the reason `MERCHANT_NOT_FOUND`,
   * `MERCHANT_ORIGIN_USED` or `INVALID_FIELD`.
   */
  replace(merchant: MerchantRegistration & { readonly merchantId: string } & Traced): Promise<RegisteredMerchant>;
  /**
   * Deletes a merchant: no session starts for it, and its sessions under way are refused. Saved cards stay, and can pay at the provider's others.
   * Returns the deleted merchant; undefined if the provider has no such merchant, for example if the answer to an earlier call was lost.
   */
  remove(merchant: { readonly merchantId: string } & Traced): Promise<RegisteredMerchant | undefined>;
  /** A page of the list, in the order of the ids. `next` is the `after` of the next page; absent at the end. */
  list(page?: MerchantsToList): Promise<{ readonly merchants: readonly RegisteredMerchant[]; readonly next?: string }>;
}

const merchantAnswer = compileSchema(MerchantSchema);
const pageAnswer = compileSchema(MerchantPage);
const { optional, rule } = rules;

const ofSchema = (schema: Parameters<typeof compileSchema>[0]) => rules.fitting(compileSchema(schema));
const { name, origin, country, category, frame } = RegistrationSchema.properties;
const REGISTRATION = {
  name: ofSchema(name),
  origin: ofSchema(origin),
  country: ofSchema(country),
  category: ofSchema(category),
  frame: optional(ofSchema(frame)),
  trace: rules.aTrace,
};
const MERCHANT_ID = { merchantId: ofSchema(MerchantId) };
/** The network takes up to 500. A page of 200 of the longest registrations is less than an answer may have. */
const MAX_LIMIT = 200;
const PAGE = {
  after: optional(MERCHANT_ID.merchantId),
  limit: optional(
    rule(`must be a whole number from 1 to ${MAX_LIMIT}`, (value) => {
      return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_LIMIT;
    }),
  ),
  trace: rules.aTrace,
};

export function createMerchants({ caller, contextOf, checkGiven, guardAsync }: LifecycleParts): Merchants {
  const readMerchant = (answer: unknown): RegisteredMerchant => {
    if (!merchantAnswer.accepts(answer)) throw invalidAnswer('the registration of a merchant cannot be read');
    return pickMerchant(answer);
  };
  const template = merchantPath('{merchantId}');

  return {
    register: (given) =>
      guardAsync(async () => {
        checkGiven(given, { name: 'merchants.register', fields: REGISTRATION });
        const call = { path: MERCHANTS_PATH, buildBody: () => pickRegistration(given) };
        return readMerchant(await caller.call(call, contextOf(given.trace)));
      }),

    replace: (given) =>
      guardAsync(async () => {
        checkGiven(given, { name: 'merchants.replace', fields: { ...REGISTRATION, ...MERCHANT_ID } });
        const path = merchantPath(given.merchantId);
        const call = { method: 'PUT', path, template, buildBody: () => pickRegistration(given) } as const;
        return readMerchant(await caller.call(call, contextOf(given.trace)));
      }),

    remove: (given) =>
      guardAsync(async () => {
        checkGiven(given, { name: 'merchants.remove', fields: { ...MERCHANT_ID, trace: rules.aTrace } });
        const call = { method: 'DELETE', path: merchantPath(given.merchantId), template } as const;
        try {
          return readMerchant(await caller.call(call, contextOf(given.trace)));
        } catch (error) {
          if (reasonOf(error) === 'MERCHANT_NOT_FOUND') return undefined;
          throw error;
        }
      }),

    list: (given = {}) =>
      guardAsync(async () => {
        checkGiven(given, { name: 'merchants.list', fields: PAGE });
        const query = new URLSearchParams({
          ...(given.after !== undefined && { after: given.after }),
          ...(given.limit !== undefined && { limit: String(given.limit) }),
        });
        const path = query.size > 0 ? `${MERCHANTS_PATH}?${query}` : MERCHANTS_PATH;
        const answer = await caller.call({ path, template: MERCHANTS_PATH }, contextOf(given.trace));
        if (!pageAnswer.accepts(answer)) throw invalidAnswer('the list of merchants cannot be read');
        const { merchants, next } = answer;
        return { merchants: merchants.map(pickMerchant), ...(next !== undefined && { next }) };
      }),
  };
}

function pickRegistration({ name, origin, country, category, frame = false }: MerchantRegistration) {
  return { name, origin, country, category, frame };
}

function pickMerchant({ merchantId, ...registration }: RegisteredMerchant): RegisteredMerchant {
  return { merchantId, ...pickRegistration(registration) };
}
