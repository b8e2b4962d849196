/** The shop's messages for failures, and their language. */

import { refuse } from '@payment-passkeys/merchant/testing';
import { type Browser, headingOf, openBrowser, plainTextOf } from '@payment-passkeys/web/testing';
import { describe, expect, test } from 'vitest';
import { leave, order, pathOf, TYPED, useShop } from './shop.fixture.ts';

const fixture = useShop();

const addCard = async (browser: Browser, headers: Readonly<Record<string, string>> = {}) => {
  const { number, expires } = TYPED;
  return browser.submit(await browser.get('/cards/new'), '/cards', { number, expires }, headers);
};
const FORBIDDEN = { ...refuse('MERCHANT_NOT_ALLOWED'), status: 403 };

describe('a payment that cannot be started', () => {
  test('MERCHANT_NOT_ALLOWED is the shop’s fault and told as that, with its code beside the help', async () => {
    fixture.network.answerWith('/sessions', FORBIDDEN);
    const { answer } = await leave(await fixture.signedIn());
    expect(answer.statusCode).toBe(502);
    expect(plainTextOf(answer)).toContain('The card network did not accept our request. The fault is ours, not yours.');
    expect(plainTextOf(answer)).toContain('Need help? Tell us this code: MERCHANT_NOT_ALLOWED');
    expect(plainTextOf(answer)).not.toContain('reach');
  });

  test('the page’s script is told the same words and the code', async () => {
    fixture.network.answerWith('/sessions', FORBIDDEN);
    const browser = await fixture.signedIn();
    const { orderId, page } = await order(browser);
    const answer = await browser.submit(page, `/orders/${orderId}/payment`, TYPED, { accept: 'application/json' });
    expect(answer.json()).toEqual({
      problem: expect.stringContaining('The fault is ours'),
      code: 'MERCHANT_NOT_ALLOWED',
    });
  });

  test('a network that is down says to wait, and names the button that is there', async () => {
    fixture.network.answerWith('/sessions', { status: 503, body: {} });
    const { answer } = await leave(await fixture.signedIn());
    expect(answer.statusCode).toBe(503);
    expect(plainTextOf(answer)).toContain('We cannot reach the card network just now.');
    expect(plainTextOf(answer)).toContain('Wait a few minutes, and then choose “Pay $55.00”.');
  });
});

describe('a payment that failed', () => {
  const fail = async (reason: string, status = 'ERROR') => {
    const browser = await fixture.signedIn();
    const { orderId } = await leave(browser);
    return { orderId, page: await browser.get(pathOf(fixture.network.callback({ status, reason }))) };
  };

  test('shows the order that is not paid', async () => {
    const { orderId, page } = await fail('USER_CANCELLATION', 'CANCELLED');
    expect(plainTextOf(page)).toContain(`Order ${orderId}`);
    expect(plainTextOf(page)).toContain('Stoneware mug');
    expect(plainTextOf(page)).toContain('Total $55.00');
  });

  test('a cancel is told without a sign of alarm', async () => {
    const { page } = await fail('USER_CANCELLATION', 'CANCELLED');
    expect(plainTextOf(page)).toContain('You chose not to go on.');
    expect(page.body).not.toMatch(/role="alert"|class="alert/);
  });

  test('a passkey that is on another device leads to another way, and back to the passkey', async () => {
    const { orderId, page } = await fail('CREDENTIALS_NOT_VERIFIED');
    expect(plainTextOf(page)).toContain('Choose “Confirm without a passkey”');
    expect(page.body).toContain(`href="/orders/${orderId}/step-up"`);
    expect(page.body).toContain(`href="/orders/${orderId}/pay"`);
  });

  test('each reason of a report that the address carries has its own words; what is no code is refused', async () => {
    const browser = await fixture.signedIn();
    const { orderId } = await order(browser);
    const show = (reason: string) => browser.get(`/orders/${orderId}/unpaid?reason=${reason}`);
    expect(plainTextOf(await show('USER_CANCELLATION'))).toContain('You chose not to go on.');
    expect(plainTextOf(await show('EXPIRED'))).toContain('This took longer than half an hour.');
    expect(plainTextOf(await show('PAYMENT_TOTAL_MISMATCH'))).toContain(
      'What your browser confirmed is not this payment.',
    );
    expect((await show('pay+me')).statusCode).toBe(400);
  });
});

describe('a card that was not added', () => {
  const fail = async (reason: string, status = 'ERROR') => {
    const browser = await fixture.signedIn();
    await addCard(browser);
    return browser.get(pathOf(fixture.network.callback({ status, reason })));
  };

  test('a cancelled one does not speak of paying', async () => {
    const page = await fail('USER_CANCELLATION', 'CANCELLED');
    expect(headingOf(page)).toBe('No card was added');
    expect(plainTextOf(page)).toContain('You can add a card whenever you like.');
    expect(/<main.*<\/main>/s.exec(page.body)?.[0]).not.toMatch(/\bpay|paid\b/i);
  });

  test('DUPLICATE_CREDENTIALS names the buttons that are there', async () => {
    const page = await fail('DUPLICATE_CREDENTIALS');
    expect(plainTextOf(page)).toContain(
      'Choose “Try again”, and then “Use a passkey I already have” on the card network’s page.',
    );
    expect(page.body).toContain('>Try again</a>');
  });
});

describe('the language', () => {
  const JAPANESE = { 'accept-language': 'ja,en;q=0.5' };

  test('the browser’s own first language goes to the network, though the shop does not speak it', async () => {
    const browser = await fixture.signedIn();
    await addCard(browser, { 'accept-language': 'nl-NL,fr;q=0.9' });
    expect(fixture.network.sessions.at(-1)?.info).toMatchObject({ locale: 'nl-NL' });
    await addCard(browser);
    expect(fixture.network.sessions.at(-1)?.info).not.toHaveProperty('locale');
  });

  test('a choice leads back to the page that it was made on, holds for every page, and goes to the network', async () => {
    const browser = await fixture.signedIn();
    const { orderId, page } = await order(browser);
    const answer = await browser.submit(page, '/language', { language: 'ja' });
    expect(answer.headers.location).toBe(`/orders/${orderId}/pay`);
    expect(headingOf(await browser.get(`/orders/${orderId}/pay`))).toBe('ご注文のお支払い');
    await browser.submit(page, `/orders/${orderId}/payment`, TYPED);
    expect(fixture.network.sessions.at(-1)?.info).toMatchObject({ locale: 'ja' });
    const failed = await browser.get(
      pathOf(fixture.network.callback({ status: 'CANCELLED', reason: 'USER_CANCELLATION' })),
    );
    expect(headingOf(failed)).toBe('お支払いは行われませんでした');
    for (const path of ['/nothing-here', '/%', '/orders/%00']) {
      expect(headingOf(await browser.get(path)), path).toBe('うまくいきませんでした');
    }
  });

  test.each(['/', '/cart', '/sign-in', '/orders', '/cards/new', '/nothing-here', '/%', '/orders?x=%00'])(
    '%s follows Accept-Language',
    async (path) => {
      const page = await (await fixture.signedIn()).get(path, JAPANESE);
      expect(page.body).toContain('<html lang="ja" dir="ltr">');
    },
  );

  test('an answer to a form that was refused follows it as well, and so does too many attempts', async () => {
    const browser = openBrowser(fixture.shop);
    const page = await browser.get('/sign-in', JAPANESE);
    const submit = () => browser.submit(page, '/sign-in', { username: 'x', password: 'y' }, JAPANESE);
    const refused = await submit();
    expect([refused.statusCode, headingOf(refused)]).toEqual([422, 'ログイン']);
    await fixture.database.pool.query('UPDATE shop_sign_in_attempt SET attempts = 1000');
    const slowed = await submit();
    expect([slowed.statusCode, headingOf(slowed)]).toEqual([429, 'うまくいきませんでした']);
    const refusedToken = await browser.post('/sign-out', '', JAPANESE);
    expect([refusedToken.statusCode, headingOf(refusedToken)]).toEqual([403, 'うまくいきませんでした']);
  });
});
