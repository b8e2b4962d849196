/** The cardholder without a browser (contract §19) at a shop: cards that are added, payments on the page, and the payment dialog. */
import { createMemoryMerchantStore, createMerchant, type Merchant } from '@payment-passkeys/merchant/server';
import {
  buildInstrumentInfo,
  buildPaymentInfo,
  buildTransaction,
  startInstrument,
  startPayment,
} from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CardholderCaller, endOf, newDevice, openCardholder } from './cardholder-caller.ts';
import { kitOptions } from './kit-options.ts';
import { cardOf, freshPan, startTestShop, type TestShop } from './shop.ts';

const START = new Date('2026-11-24T12:00:00Z');
let at: TestShop;
let cardholder: CardholderCaller;
let merchant: Merchant;

beforeAll(async () => {
  at = await startTestShop();
  cardholder = openCardholder(at);
  const { publicUrl } = at.network;
  merchant = createMerchant({
    ...kitOptions(at.network, at.shop),
    callbackOrigins: ['http://shop.localhost:4002'],
    network: { url: publicUrl, audience: publicUrl },
    store: createMemoryMerchantStore(),
  });
});
afterAll(async () => {
  await Promise.all([cardholder.issuer.close(), merchant.close()]);
  await at.network.stop();
});
beforeEach(() => {
  at.network.now = START;
});

describe('at a shop', () => {
  const startCard = async (pan: string) =>
    (await startInstrument(at.shop, buildInstrumentInfo({ accountReferences: cardOf(pan) }))).body.uri;
  const startPaying = async (pan: string) => {
    const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
    return (await startPayment(at.shop, info)).body;
  };

  /** Goes from the page to the issuer. Answers the address that leads back from the issuer. */
  async function throughIssuer(
    call: Parameters<CardholderCaller['go']>[0],
    answer?: Parameters<TestShop['issuer']['answer']>[1],
  ) {
    const toIssuer = await cardholder.go(call);
    expect(toIssuer.host).toBe('bank.localhost:4001');
    const { claims } = await at.issuer.read(toIssuer.href);
    return at.issuer.answer(claims.jti, answer);
  }

  test("a card's first passkey goes by the issuer, and comes back to the same device", async () => {
    const device = newDevice();
    const uri = await throughIssuer({ uri: await startCard(freshPan()), do: 'CREATE', device });
    expect(endOf(await cardholder.go({ uri, do: 'CREATE', device }))).toBe('ENROLLED');
  });

  test('the issuer refuses: PERMISSION_DENIED', async () => {
    const device = newDevice();
    const refused = { result: 'REFUSED' } as const;
    const uri = await throughIssuer({ uri: await startCard(freshPan()), do: 'CREATE', device }, refused);
    expect(endOf(await cardholder.go({ uri, do: 'CREATE', device }))).toBe('ERROR PERMISSION_DENIED');
  });

  test('another device comes back: PERMISSION_DENIED, and the first one can still go on', async () => {
    const device = newDevice();
    const uri = await throughIssuer({ uri: await startCard(freshPan()), do: 'CREATE', device });
    expect(endOf(await cardholder.go({ uri, do: 'CREATE', device: newDevice() }))).toBe('ERROR PERMISSION_DENIED');
    expect(endOf(await cardholder.go({ uri, do: 'CREATE', device }))).toBe('ENROLLED');
  });

  test('the dialog is cancelled behind the issuer', async () => {
    const device = newDevice();
    const uri = await throughIssuer({ uri: await startCard(freshPan()), do: 'CANCEL', device });
    expect(endOf(await cardholder.go({ uri, do: 'CANCEL', device }))).toBe('ERROR CREDENTIALS_CREATION_NOT_ALLOWED');
  });

  test('the terms are declined', async () => {
    expect(endOf(await cardholder.go({ uri: await startCard(freshPan()), do: 'NOT_NOW' }))).toBe(
      'CANCELLED USER_CANCELLATION',
    );
  });

  test('a device without a name cannot come back from the issuer', async () => {
    expect(await cardholder.refusalOf({ uri: await startCard(freshPan()), do: 'CREATE' })).toMatchObject({
      status: 409,
      reason: 'DEVICE_NOT_NAMED',
      source: '/device',
    });
  });

  test('APPROVE of a payment that registers on the way: the issuer, a passkey, the approval', async () => {
    const device = newDevice();
    const session = await startPaying(freshPan());
    expect(session.nextStep).toBe('REGISTER');
    const uri = await throughIssuer({ uri: session.uri, do: 'APPROVE', device });
    expect(endOf(await cardholder.go({ uri, do: 'APPROVE', device }))).toBe('AUTHENTICATED');
  });

  test('APPROVE with a passkey of the card; again, the browser gets the same way back', async () => {
    const [pan, device] = [freshPan(), newDevice()];
    await cardholder.enrolByKit(pan, { do: 'CREATE', device });
    const session = await startPaying(pan);
    expect(session.nextStep).toBe('AUTHENTICATE');
    const first = await cardholder.go({ uri: session.uri, do: 'APPROVE', device });
    expect(endOf(first)).toBe('AUTHENTICATED');
    expect((await cardholder.go({ uri: session.uri, do: 'APPROVE', device })).href).toBe(first.href);
  });

  test.each([
    ['NOT_NOW', 'CANCELLED USER_CANCELLATION'],
    ['CANCEL', 'ERROR CREDENTIALS_NOT_VERIFIED'],
    ['FAIL', 'ERROR CREDENTIALS_NOT_VERIFIED'],
  ])('%s of a payment', async (action, expected) => {
    const [pan, device] = [freshPan(), newDevice()];
    await cardholder.enrolByKit(pan, { do: 'CREATE', device });
    expect(endOf(await cardholder.go({ uri: (await startPaying(pan)).uri, do: action, device }))).toBe(expected);
  });

  test('APPROVE on a new device: the bank confirms instead', async () => {
    const pan = freshPan();
    await cardholder.enrolByKit(pan, { do: 'CREATE', device: newDevice() });
    const device = newDevice();
    const uri = await throughIssuer({ uri: (await startPaying(pan)).uri, do: 'APPROVE', device });
    expect(endOf(await cardholder.go({ uri, do: 'APPROVE', device }))).toBe('AUTHENTICATED');
  });

  test("the shop's kit: a payment by the page is AUTHENTICATED", async () => {
    const { device, started } = await payByKit();
    const { cookie, redirect } = started;
    const url = (await cardholder.go({ uri: redirect, do: 'APPROVE', device })).href;
    expect(await merchant.completePayment({ url, browser: cookie.value })).toMatchObject({ status: 'AUTHENTICATED' });
  });

  test("the shop's kit: a payment by Secure Payment Confirmation is AUTHENTICATED", async () => {
    const { device, started, origin } = await payByKit();
    const { securePaymentConfirmation } = started;
    const { body } = await cardholder.ask({ securePaymentConfirmation, origin, do: 'APPROVE', device });
    expect(body.confirmation.outcome).toBe('ACCEPTED');
    const { clientSessionId, cookie } = started;
    const report = { clientSessionId, browser: cookie.value, report: body.confirmation };
    expect(await merchant.reportConfirmation(report)).toMatchObject({ status: 'AUTHENTICATED' });
  });

  test.each([
    ['CANCEL', { outcome: 'ABORTED' }],
    ['NOT_NOW', { outcome: 'ANOTHER_WAY' }],
    ['FAIL', { outcome: 'ANOTHER_WAY' }],
    ['CLOSE', null],
  ])('%s of the payment dialog', async (action, confirmation) => {
    const { device, started, origin } = await payByKit();
    const { securePaymentConfirmation } = started;
    expect(await cardholder.ask({ securePaymentConfirmation, origin, do: action, device })).toEqual({
      status: 200,
      body: { confirmation },
    });
  });

  test('the payment dialog on a device without the passkey, and without an origin', async () => {
    const { started, origin } = await payByKit();
    const { securePaymentConfirmation } = started;
    const call = { securePaymentConfirmation, do: 'APPROVE' };
    expect(await cardholder.refusalOf({ ...call, origin, device: newDevice() })).toMatchObject({
      reason: 'DEVICE_WITHOUT_PASSKEY',
    });
    expect(await cardholder.refusalOf(call)).toMatchObject({ status: 400, reason: 'MISSING_FIELD', source: '/origin' });
    expect(await cardholder.refusalOf({ ...call, origin: `${origin}/pay` })).toMatchObject({
      status: 400,
      source: '/origin',
    });
    expect(await cardholder.refusalOf({ ...call, origin, do: 'CREATE' })).toMatchObject({ status: 400, source: '/do' });
  });

  async function payByKit() {
    const [pan, device, origin] = [freshPan(), newDevice(), 'http://shop.localhost:4002'];
    await cardholder.enrolByKit(pan, { do: 'CREATE', device });
    const started = await merchant.startPayment({
      shopperId: 'shopper-1',
      order: {
        orderId: `order-${pan}`,
        amount: '12.34',
        currency: 'USD',
        merchantName: 'Test Shop',
        merchantOrigin: origin,
      },
      card: { primaryAccountNumber: pan, panExpirationMonth: '12', panExpirationYear: '2032' },
      callbackUri: `${origin}/payments/callback`,
    });
    if (!('redirect' in started)) throw new Error('The payment has no page.');
    return { device, origin, started };
  }
});
