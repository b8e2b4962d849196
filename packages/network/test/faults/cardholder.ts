/** The tasks of cardholders at their bank and at shops. Each is repeated until it is done: a cardholder whose visit fails starts again. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { confirmPayment } from '@payment-passkeys/authenticator';
import { IssuerError } from '@payment-passkeys/issuer/server';
import { MerchantError, type SavedCard, type StartedPayment } from '@payment-passkeys/merchant/server';
import { createTestBrowser, type NetworkAddress, type TestBrowser } from '@payment-passkeys/testkit';
import { freshPan } from '../shop.ts';
import type { WritableHistory } from './history.ts';
import { type PageVisit, VisitLost, visitPage } from './hosted-page.ts';
import { BANK, type Counter, type Parties, SHOP } from './parties.ts';

export interface Cardholder {
  readonly id: string;
  readonly pan: string;
  readonly email: string;
  readonly browser: TestBrowser;
  /** The cookies of the kits, at the bank and at the shop. */
  readonly cookies: { bank?: string; shop?: string };
  savedCard?: SavedCard;
  /** The order to pay. */
  unpaid?: Order;
}

export interface World {
  readonly network: NetworkAddress;
  readonly parties: Parties;
  openCounter(): Counter;
  readonly history: WritableHistory;
}

/** The parties of one visit. */
interface Dependencies extends World {
  readonly counter: Counter;
}

/** One task of a cardholder. Resolves when it is done; throws VisitLost or NETWORK_UNREACHABLE when it may be tried again. */
export type Visit = (cardholder: Cardholder, dependencies: Dependencies) => Promise<unknown>;

/** A result that is not allowed, with or without faults. */
class Unexpected extends Error {
  override readonly name = 'Unexpected';
}

export function createCardholder(network: NetworkAddress): Cardholder {
  const id = randomUUID();
  const browser = createTestBrowser(network);
  return { id, pan: freshPan(), email: `${id}@mail.example`, browser, cookies: {} };
}

/** The time limit of a task, from its start or the last fault. Every task needs less, also on a busy machine. */
const PATIENCE_MILLISECONDS = 60_000;
/** A person does not retry within the same millisecond. */
const PAUSE_MILLISECONDS = 100;

/**
 * Tries a task until it is done. After the time limit the history records the failure. Each try uses new processes of the bank and the shop: an
 * old process would not call a network that it has found unavailable.
 */
export async function persist(
  visit: Visit,
  { cardholder, name }: { readonly cardholder: Cardholder; readonly name: string },
  world: World,
): Promise<void> {
  const begun = Date.now();
  for (;;) {
    const counter = world.openCounter();
    try {
      await visit(cardholder, { ...world, counter });
      return;
    } catch (error) {
      const mayTryAgain = error instanceof VisitLost || isUnreachable(error);
      const calmSince = Math.max(begun, world.history.faults.at(-1) ?? 0);
      if (!mayTryAgain || Date.now() > calmSince + PATIENCE_MILLISECONDS) {
        const because = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        world.history.stuck.push({ visit: name, because });
        return;
      }
      await sleep(PAUSE_MILLISECONDS);
    } finally {
      await counter.close();
    }
  }
}

function isUnreachable(error: unknown): boolean {
  return (error instanceof IssuerError || error instanceof MerchantError) && error.code === 'NETWORK_UNREACHABLE';
}

/** At the bank: creates a passkey, or uses the device's own. */
export const enrol: Visit = (cardholder, dependencies) => enrolAs('AGREES', cardholder, dependencies);
/** Enrols with a wrong signature first, then with a right one. For a cardholder who has a passkey. */
export const enrolAtSecondTry: Visit = (cardholder, dependencies) => enrolAs('SPOILS', cardholder, dependencies);
export const decline: Visit = (cardholder, dependencies) => enrolAs('DECLINES', cardholder, dependencies);

async function enrolAs(does: PageVisit['cardholder'], cardholder: Cardholder, at: Dependencies): Promise<void> {
  const { issuer } = at.counter;
  const now = new Date().toISOString();
  const accounts = { cards: [cardOf(cardholder.pan)], emailAddresses: [cardholder.email] };
  const started = await issuer.startEnrolment({
    cardholderId: cardholder.id,
    accounts,
    verification: { method: 'ISSUER_LOGIN', verifiedAt: now },
    consent: { country: 'US', language: 'en', acceptedAt: now },
    complianceResources: [
      { complianceType: 'TERMS_AND_CONDITIONS', uri: `${BANK}/terms`, version: '1', datePublished: '2026-10-01' },
      { complianceType: 'PRIVACY_POLICY', uri: `${BANK}/privacy`, version: '1', datePublished: '2026-10-01' },
    ],
    callbackUri: `${BANK}/passkeys/callback`,
    browser: cardholder.cookies.bank,
  });
  cardholder.cookies.bank = started.cookie.value;
  const { clientSessionId } = started;
  at.history.intents.push({ clientId: 'test-bank', clientSessionId, accounts });
  const url = await visitPage({ ...pageOf(cardholder, at), launchUrl: started.redirect, cardholder: does });
  const browser = cardholder.cookies.bank;
  const outcome = await reloaded(() => issuer.completeEnrolment({ url, browser }));
  expectStatus(outcome, does === 'DECLINES' ? 'CANCELLED' : 'ENROLLED');
}

/** Adds a card at the shop, without a payment. The card's issuer verifies the cardholder. */
export const addCard: Visit = async (cardholder, at) => {
  const { merchant } = at.counter;
  const started = await merchant.startCardEnrolment({
    card: cardOf(cardholder.pan),
    emailAddress: cardholder.email,
    ...shopper(cardholder),
  });
  cardholder.cookies.shop = started.cookie.value;
  const accounts = { cards: [cardOf(cardholder.pan)], emailAddresses: [cardholder.email] };
  at.history.intents.push({ clientId: 'test-shop', clientSessionId: started.clientSessionId, accounts });
  const url = await visitPage({ ...pageOf(cardholder, at), launchUrl: started.redirect, cardholder: 'AGREES' });
  const outcome = await reloaded(() => merchant.completeCardEnrolment({ url, browser: cardholder.cookies.shop }));
  expectStatus(outcome, 'ENROLLED');
  if (outcome.status === 'ENROLLED') cardholder.savedCard = outcome.card;
};

/** How a payment is approved: on the hosted page, or by Secure Payment Confirmation with its possible outcomes. */
type Way = 'PAGE' | 'ACCEPTED' | 'ABORTED' | 'OPTED_OUT' | 'LIE';

export const payOnPage: Visit = (cardholder, at) => pay('PAGE', cardholder, at);
export const confirmAtShop: Visit = (cardholder, at) => pay('ACCEPTED', cardholder, at);
export const callOff: Visit = (cardholder, at) => pay('ABORTED', cardholder, at);
export const optOut: Visit = (cardholder, at) => pay('OPTED_OUT', cardholder, at);
/** The shop's page shows another amount than the confirmed one; then the hosted page is used. */
export const lieAtShop: Visit = (cardholder, at) => pay('LIE', cardholder, at);

/** Starts the payment of an approved order again, which the network must refuse. */
export const payTwice: Visit = async (cardholder, at) => {
  const order = await pay('PAGE', cardholder, at);
  const again = await startPayment(order, cardholder, at);
  if (again !== 'ALREADY_APPROVED') throw new Unexpected(`an approved order was started again: ${again.nextStep}`);
};

/** A cardholder with a passkey pays with another card: the passkey is used, and bound to this card too. */
export const payWithAnotherCard: Visit = async (cardholder, at) => {
  const { savedCard: _first, ...same } = cardholder;
  await pay('PAGE', { ...same, pan: freshPan() }, at);
};

/** Pays an order. When a visit fails, the shopper pays the same order again. */
async function pay(way: Way, cardholder: Cardholder, at: Dependencies): Promise<Order> {
  cardholder.unpaid ??= newOrder();
  const order = cardholder.unpaid;
  await payOrder({ order, way }, cardholder, at);
  delete cardholder.unpaid;
  return order;
}

async function payOrder(
  { order, way }: { readonly order: Order; readonly way: Way },
  cardholder: Cardholder,
  at: Dependencies,
): Promise<void> {
  const { merchant } = at.counter;
  const started = await startPayment(order, cardholder, at);
  if (started === 'ALREADY_APPROVED') return; // the answer to the approval was lost, and the network does not repeat it
  const { securePaymentConfirmation: offer, clientSessionId } = started;
  if (way !== 'PAGE' && offer !== undefined) {
    const report = reportOf(way, offer, cardholder);
    const browser = cardholder.cookies.shop;
    const outcome = await reloaded(() => merchant.reportConfirmation({ clientSessionId, report, browser }));
    if (outcome.status === 'AUTHENTICATED') return;
    if (way === 'ABORTED') return expectStatus(outcome, 'CANCELLED');
    if (outcome.status !== 'REDIRECT' && outcome.status !== 'REFUSED') {
      throw new Unexpected(`${way} came to ${outcome.status}`);
    }
  }
  const url = await visitPage({ ...pageOf(cardholder, at), launchUrl: started.redirect, cardholder: 'AGREES' });
  const outcome = await reloaded(() => merchant.completePayment({ url, browser: cardholder.cookies.shop }));
  expectStatus(outcome, 'AUTHENTICATED');
  if (outcome.status === 'AUTHENTICATED') cardholder.savedCard = outcome.card;
}

async function startPayment(
  order: Order,
  cardholder: Cardholder,
  at: Dependencies,
): Promise<StartedPayment | 'ALREADY_APPROVED'> {
  const { savedCard } = cardholder;
  const card = savedCard ?? cardOf(cardholder.pan);
  const started = await at.counter.merchant
    .startPayment({ order, card, ...shopper(cardholder) })
    .catch((error: unknown) => {
      if (error instanceof MerchantError && error.code === 'ORDER_ALREADY_APPROVED') return 'ALREADY_APPROVED' as const;
      throw error;
    });
  if (started === 'ALREADY_APPROVED') return started;
  if (started.nextStep === 'STEP_UP') throw new Unexpected('a payment with a passkey steps up');
  cardholder.cookies.shop = started.cookie.value;
  const accounts = savedCard === undefined ? { cards: [cardOf(cardholder.pan)] } : undefined;
  at.history.intents.push({ clientId: 'test-shop', clientSessionId: started.clientSessionId, accounts });
  return started;
}

function reportOf(
  way: Exclude<Way, 'PAGE'>,
  offer: NonNullable<StartedPayment['securePaymentConfirmation']>,
  { browser }: Cardholder,
): unknown {
  if (way === 'ABORTED' || way === 'OPTED_OUT') return { outcome: way };
  const confirmation = { authenticator: browser.authenticator, offer, origin: SHOP };
  const credential =
    way === 'ACCEPTED'
      ? confirmPayment(confirmation)
      : confirmPayment({
          ...confirmation,
          lie: (data) => ({ ...data, payment: { ...data.payment, total: { currency: 'USD', value: '1.00' } } }),
        });
  return { outcome: 'ACCEPTED', credential };
}

type Order = ReturnType<typeof newOrder>;

function newOrder() {
  const orderId = `order-${randomUUID()}`;
  return { orderId, amount: '12.34', currency: 'USD', merchantName: 'Test Shop', merchantOrigin: SHOP };
}

function shopper({ id, cookies }: Cardholder) {
  return { shopperId: id, callbackUri: `${SHOP}/payments/callback`, browser: cookies.shop };
}

function cardOf(primaryAccountNumber: string) {
  return { primaryAccountNumber, panExpirationMonth: '12', panExpirationYear: '2032' };
}

function pageOf({ browser }: Cardholder, { network, parties }: Dependencies) {
  return { browser, verifier: parties.verifier, stranger: createTestBrowser(network) };
}

const RELOADS = 4;

/** Reloads the callback after a failure, as the page tells the cardholder ("Nothing is lost, a reload of the callback completes it"). */
async function reloaded<Outcome>(complete: () => Promise<Outcome>): Promise<Outcome> {
  for (let reloads = 0; ; reloads++) {
    try {
      return await complete();
    } catch (error) {
      if (reloads >= RELOADS || !isUnreachable(error)) throw error;
    }
  }
}

/** After the outcome ERROR the cardholder starts again. Any other outcome must be the expected one. */
function expectStatus(
  outcome: { readonly status: string; readonly reason?: string; readonly because?: string },
  status: string,
): void {
  if (outcome.status === status) return;
  const why = outcome.reason ?? outcome.because ?? '';
  if (outcome.status === 'ERROR') throw new VisitLost(`the callback says ${why}`);
  throw new Unexpected(`${outcome.status} ${why} in place of ${status}`);
}
