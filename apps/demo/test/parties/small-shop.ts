/** A small shop made with the merchant kit, with at most one fault. */
import { randomUUID } from 'node:crypto';
import {
  createMemoryEventStore,
  createMemoryMerchantStore,
  createMerchant,
  MerchantError,
  serializeBrowserCookie,
} from '@payment-passkeys/merchant/server';
import {
  CALLBACK_PATH,
  EVENTS_PATH,
  leave,
  openSmallSite,
  page,
  type SiteFault,
  type SmallParty,
} from './small-site.ts';
import type { PartyNetwork } from './start-parties.ts';

export type ShopFault =
  | SiteFault
  /** Treats the order as paid at every return, whatever the return says and whichever browser brings it. */
  | 'TAKES_RETURN_FOR_PAYMENT'
  /** Does not look into its records at a return: an approved order stays open. */
  | 'FORGETS_PAYMENT';

export type SmallShop = SmallParty<ShopFault>;

const SHOPPER = 'shopper-1';

/** A client of its own at the network. Its shopper pays one order after the other with this card; an order that is not paid is tried again. */
export async function openSmallShop(
  network: PartyNetwork,
  {
    name,
    card,
  }: { readonly name: string; readonly card: { readonly pan: string; readonly month: string; readonly year: string } },
): Promise<SmallShop> {
  const { publicUrl, clock } = network;
  const site = await openSmallSite(name);
  const client = await network.addClient({
    clientId: name,
    name: `Shop ${name}`,
    role: 'merchant',
    consumerKey: `${name}!signing-key-1`,
    callbackDomains: [`${name}.localhost`],
    callbackSchemes: [],
    accountRanges: [],
    countries: [],
    merchantOrigins: [site.origin],
    merchantNames: [`Shop ${name}`],
    webhooks: [{ uri: site.origin + EVENTS_PATH, types: ['binding.*', 'passkey.*', 'payment.approved'] }],
  });
  const merchant = createMerchant({
    network: { url: publicUrl, audience: network.audience },
    clientId: name,
    consumerKey: client.registration.consumerKey,
    signingKey: client.privateKey,
    callbackOrigins: [site.origin],
    store: createMemoryMerchantStore(),
    clock,
  });
  /** The order that is to be paid. */
  let orderId: string | undefined;

  const receive = async (url: string, browser: string | undefined): Promise<string> => {
    if (shop.fault === 'FORGETS_PAYMENT') return 'Nothing was paid.';
    const outcome = await merchant.completePayment({ url, browser, shopperId: SHOPPER });
    const isPaid = outcome.status === 'AUTHENTICATED' || shop.fault === 'TAKES_RETURN_FOR_PAYMENT';
    if (!isPaid) return 'Nothing was paid.';
    orderId = undefined;
    return 'Your order is paid.';
  };

  const start = async (browser: string | undefined): Promise<Response> => {
    orderId ??= randomUUID();
    const { pan, month, year } = card;
    const started = await merchant.startPayment({
      order: {
        orderId,
        amount: '12.34',
        currency: 'USD',
        merchantName: `Shop ${name}`,
        merchantOrigin: site.origin,
      },
      card: { primaryAccountNumber: pan, panExpirationMonth: month, panExpirationYear: year },
      shopperId: SHOPPER,
      callbackUri: site.origin + CALLBACK_PATH,
      browser,
    });
    if (started.nextStep === 'STEP_UP') return page('Please confirm this payment in another way.');
    return leave(started.redirect, serializeBrowserCookie(started.cookie));
  };

  const webhook = merchant.events.webhook({
    store: createMemoryEventStore(),
    on: { 'binding.suspended': () => {} },
    onDelivery: () => {},
  });

  const shop: SmallShop = site.serve({
    client,
    role: 'MERCHANT',
    pan: card.pan,
    receive,
    webhook,
    start: (browser) =>
      start(browser).catch((error: unknown) => {
        // The order was paid, but the shop does not know it. The shopper goes on with the next order.
        if (!(error instanceof MerchantError && error.code === 'ORDER_ALREADY_APPROVED')) throw error;
        orderId = undefined;
        return start(browser);
      }),
    close: () => merchant.close(),
  });
  return shop;
}
