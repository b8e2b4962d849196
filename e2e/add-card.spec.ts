/** A passkey made at the shop (contract §11): the issuer verifies the cardholder in between, once, in time, and in the same browser. */
import type { Demo } from '@payment-passkeys/demo';
import type { Page } from '@playwright/test';
import { button, expect, haveSession, test } from './fixtures.ts';
import { havePasskey } from './kept-state.ts';
import {
  addCard,
  addCardWithPasskey,
  agree,
  beginCard,
  CARD,
  confirmAtBank,
  haveShopSession,
  shownCode,
} from './shop.ts';

/** Expects the shop's page with no card added and the reason. */
async function expectNoCard(page: Page, demo: Demo, reason: string): Promise<void> {
  await expect(page).toHaveURL((url) => url.origin === demo.shopUrl);
  await expect(page.getByRole('heading', { name: 'No card was added' })).toBeVisible();
  await expect(page.getByText(reason, { exact: true })).toBeVisible();
  await expectNothingBound(demo);
}

async function expectNothingBound(demo: Demo): Promise<void> {
  const { rows } = await demo.network.network.pool.query('SELECT count(*)::integer FROM binding');
  expect(rows).toEqual([{ count: 0 }]);
  const saved = await demo.shopDatabase.pool.query('SELECT count(*)::integer FROM shop_saved_card');
  expect(saved.rows).toEqual([{ count: 0 }]);
}

/** Catches the issuer's answer on the way from the bank to the network; the browser does not follow it. */
async function captureAnswer(page: Page, { networkUrl }: Demo, act: () => Promise<void>): Promise<string> {
  const pattern = `${networkUrl}/auth/verification?**`;
  let answer = '';
  await page.route(pattern, (route) => {
    answer = route.request().url();
    return route.fulfill({ contentType: 'text/html', body: 'kept' });
  });
  await act();
  await expect.poll(() => answer).not.toBe('');
  await page.unroute(pattern);
  return answer;
}

test('the terms are agreed to and recorded, the bank confirms, a passkey is made, and the card is saved by its id', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveShopSession(page, demo);
  await addCard(page, demo);
  expect(await authenticator.credentialIds()).toHaveLength(1);
  const consent = await demo.network.network.pool.query('SELECT client_id, language, statement FROM consent_record');
  expect(consent.rows).toEqual([
    { client_id: 'shop', language: 'en', statement: expect.stringContaining('you agree') },
  ]);
  const saved = await demo.shopDatabase.pool.query('SELECT brand, last_four, binding_id FROM shop_saved_card');
  expect(saved.rows).toEqual([
    { brand: 'MASTERCARD', last_four: '4444', binding_id: expect.stringMatching(/^.{16,}$/) },
  ]);
});

test('2B at the shop: the passkey that was made at the bank is used, and there is still one @drill', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveSession(page, demo);
  await havePasskey(page, demo);
  await haveShopSession(page, demo);
  await addCardWithPasskey(page, demo);
  expect(await authenticator.credentialIds()).toHaveLength(1);
});

test('the bank is cancelled: PERMISSION_DENIED, and nothing is bound', async ({ page, demo, authenticator: _ }) => {
  await haveShopSession(page, demo);
  await haveSession(page, demo);
  await beginCard(page, demo);
  await agree(page, demo);
  await button(page, 'Cancel').click();
  await expectNoCard(page, demo, 'PERMISSION_DENIED');
});

test('a card with another expiry date is not the cardholder’s: the bank refuses @drill', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await haveShopSession(page, demo);
  await haveSession(page, demo);
  await beginCard(page, demo, { ...CARD, expires: CARD.expires.replace('12/', '11/') });
  await agree(page, demo);
  await expect(page.getByRole('heading', { name: 'This card is not one of yours' })).toBeVisible();
  await button(page, 'Go back').click();
  await expectNoCard(page, demo, 'PERMISSION_DENIED');
});

test('five wrong codes: the bank refuses @drill', async ({ page, demo, authenticator: _ }) => {
  await haveShopSession(page, demo);
  await haveSession(page, demo);
  await beginCard(page, demo);
  await agree(page, demo);
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const right = await shownCode(page);
    await page.getByRole('textbox', { name: 'One-time code' }).fill(right === '000000' ? '000001' : '000000');
    await button(page, 'Confirm').click();
    if (attempt < 5) await expect(page.getByText('That code was not right.')).toBeVisible();
  }
  await expectNoCard(page, demo, 'PERMISSION_DENIED');
});

test('the cardholder closes the window at the bank: nothing is half bound @drill', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveShopSession(page, demo);
  await beginCard(page, demo);
  await agree(page, demo);
  await page.goto('about:blank');
  await expectNothingBound(demo);
  expect(await authenticator.credentialIds()).toEqual([]);
});

test('the same answer twice is taken once: the second visit makes nothing', async ({ page, demo, authenticator }) => {
  await haveShopSession(page, demo);
  await haveSession(page, demo);
  await beginCard(page, demo);
  await agree(page, demo);
  const answer = await captureAnswer(page, demo, () => confirmAtBank(page));
  await page.goto(answer);
  await button(page, 'Create passkey').click();
  await expect(page.getByText('Your card was added.')).toBeVisible();
  await page.goto(answer);
  await page.waitForURL(`${demo.shopUrl}/cards?added=1`);
  expect(await authenticator.credentialIds()).toHaveLength(1);
  const { rows } = await demo.network.network.pool.query('SELECT count(*)::integer FROM binding');
  expect(rows).toEqual([{ count: 1 }]);
});

test('an answer that comes too late is not taken @drill', async ({ page, demo, clock, authenticator: _ }) => {
  await haveShopSession(page, demo);
  await haveSession(page, demo);
  await beginCard(page, demo);
  await agree(page, demo);
  const answer = await captureAnswer(page, demo, () => confirmAtBank(page));
  clock.offset += 5 * 60 * 1000 + 1000;
  await page.goto(answer);
  await expectNoCard(page, demo, 'PERMISSION_DENIED');
});

test('more than five minutes from the verification to the passkey: it is not bound @drill', async ({
  page,
  demo,
  clock,
  authenticator: _,
}) => {
  await haveShopSession(page, demo);
  await beginCard(page, demo);
  await agree(page, demo);
  await confirmAtBank(page);
  await expect(button(page, 'Create passkey')).toBeVisible();
  clock.offset += 5 * 60 * 1000 + 1000;
  await button(page, 'Create passkey').click();
  await expect(page).toHaveURL((url) => url.origin === demo.shopUrl);
  await expectNothingBound(demo);
});

test('a request that is not the network’s, and one that is too old, are answered to nobody', async ({
  page,
  demo,
  clock,
  authenticator: _,
}) => {
  await haveShopSession(page, demo);
  await beginCard(page, demo);
  let request = '';
  await page.route(`${demo.bankUrl}/verification?**`, (route) => {
    request = route.request().url();
    return route.fulfill({ contentType: 'text/html', body: 'kept' });
  });
  await button(page, 'Agree and continue').click();
  await expect.poll(() => request).not.toBe('');
  await page.unroute(`${demo.bankUrl}/verification?**`);
  const changed = request.slice(0, -8) + (request.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA');
  expect((await page.goto(changed))?.status()).toBe(400);
  await expect(page.getByRole('heading', { name: 'We cannot read this link' })).toBeVisible();
  clock.offset += 5 * 60 * 1000 + 1000;
  expect((await page.goto(request))?.status()).toBe(410);
  await expect(page.getByRole('heading', { name: 'This took too long' })).toBeVisible();
  await expectNothingBound(demo);
});
