/** The reference shop, visited by its demonstration's shopper over HTTP: buys a mug, or adds a card. */
import { DEMO_SHOPPER } from '@payment-passkeys/shop';
import { type Answer, type Browser, openHttpBrowser } from '@payment-passkeys/web/testing';
import { begunBy, follow, locationOf, type Party } from './party.ts';

/** A card as it is typed into the shop's form. */
export interface TypedCard {
  readonly number: string;
  readonly expires: string;
}

export interface ShopVisit {
  /** "Add a card". */
  readonly cards: Party;
  /** An order of one mug, paid with a typed card on the network's page. An order that is not paid is tried again. */
  readonly payments: Party;
}

export async function visitReferenceShop(
  site: { readonly address: string; readonly origin: string },
  card: TypedCard,
): Promise<ShopVisit> {
  const { origin } = site;
  const here = await signIn(site);
  let elsewhere: Browser<Answer> | undefined;
  const open: Party['open'] = async (address, where = 'HERE') => {
    if (where === 'ELSEWHERE') elsewhere ??= await signIn(site);
    return follow(where === 'ELSEWHERE' && elsewhere ? elsewhere : here, address);
  };
  /** The path of the order that the shopper pays, until the shop says that it is paid. */
  let unpaid: string | undefined;
  const placeOrder = async () => {
    await here.submit(await here.get('/'), '/cart', { product: 'mug' });
    const placed = await here.submit(await here.get('/cart'), '/orders');
    return (locationOf(placed, origin)?.pathname ?? '').replace(/\/pay$/, '');
  };
  return {
    cards: {
      begin: async () => begunBy(await here.submit(await here.get('/cards/new'), '/cards', { ...card }), origin),
      open,
    },
    payments: {
      async begin() {
        const order = unpaid ?? (await placeOrder());
        const page = await here.get(`${order}/pay`);
        // The shop shows a paid order instead of its payment.
        if (page.statusCode === 303) {
          unpaid = undefined;
          return this.begin();
        }
        unpaid = order;
        const fields = { ...card, card: 'new', save: undefined, way: 'there' };
        return begunBy(await here.submit(page, `${order}/payment`, fields), origin);
      },
      open,
    },
  };
}

async function signIn({ address }: { readonly address: string }): Promise<Browser<Answer>> {
  const browser = openHttpBrowser(address);
  const { statusCode } = await browser.signIn(DEMO_SHOPPER.username, DEMO_SHOPPER.password);
  if (statusCode !== 303) throw new Error(`The sign-in was answered ${statusCode}.`);
  return browser;
}
