/** A payment without leaving the shop (contract §10): the four outcomes. Chromium on Linux has this dialog behind a flag. */
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Demo } from '@payment-passkeys/demo';
import { createTestClient } from '@payment-passkeys/testkit';
import type { Page } from '@playwright/test';
import { endExamination, startExamination } from '../apps/demo/test/parties/take-examination.ts';
import { button, expect, test } from './fixtures.ts';
import { haveCard } from './kept-state.ts';
import { expectPaid, expectPaymentShown, expectUnpaid, pay, placeOrder } from './shop.ts';
import { answerDialog } from './spc.ts';

/** Every address that the page navigated to, to check "without leaving the shop". */
function watchOrigins(page: Page): Set<string> {
  const origins = new Set<string>();
  page.on('framenavigated', (frame) => origins.add(new URL(frame.url()).origin));
  return origins;
}

test('accepted: paid, and the browser never left the shop', async ({ page, demo, authenticator }) => {
  await haveCard(page, demo);
  await answerDialog(authenticator, 'autoAccept');
  await placeOrder(page, demo);
  await expect(page.getByText('This browser can confirm payments here')).toContainText('yes');
  const origins = watchOrigins(page);
  await pay(page, { way: 'here' });
  await expectPaid(page);
  expect([...origins]).toEqual([demo.shopUrl]);
});

test('another way: the network’s page takes over, and the shopper pays there @drill', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveCard(page, demo);
  await answerDialog(authenticator, 'autoChooseToAuthAnotherWay');
  await placeOrder(page, demo);
  await pay(page, { way: 'here' });
  await expectPaymentShown(page, demo);
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
});

test('aborted: cancelled by the shopper, nothing paid, and the order can be tried again', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveCard(page, demo);
  await answerDialog(authenticator, 'autoReject');
  await placeOrder(page, demo);
  await pay(page, { way: 'here' });
  await expectUnpaid(page, demo, 'USER_CANCELLATION');
  await answerDialog(authenticator, 'autoAccept');
  await page.getByRole('link', { name: 'Try again' }).click();
  await pay(page, { way: 'here' });
  await expectPaid(page);
});

test('opted out: the network forgets, pays by its page, and never offers it again', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveCard(page, demo);
  await answerDialog(authenticator, 'autoOptOut');
  await placeOrder(page, demo);
  await pay(page, { way: 'here' });
  await expectPaymentShown(page, demo);
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
  await answerDialog(authenticator, 'autoAccept');
  await placeOrder(page, demo);
  await pay(page, { way: 'here' });
  await expectPaymentShown(page, demo);
});

test('"Pay" before the page’s script has come: the network’s page, and the shopper does not notice @drill', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveCard(page, demo);
  await answerDialog(authenticator, 'autoAccept');
  await page.route('**/assets/pay-with-passkey.js', () => new Promise(() => {}));
  await placeOrder(page, demo);
  await page.getByRole('button', { name: /^Pay/ }).click();
  await expectPaymentShown(page, demo);
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
});

test('accepted, and the shop’s answer is lost on the way: the report is repeated, and the order is paid once @drill', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveCard(page, demo);
  await answerDialog(authenticator, 'autoAccept');
  let reports = 0;
  // The first report arrives and takes effect; its answer is lost.
  await page.addInitScript(`{
    const real = window.fetch;
    let first = true;
    window.fetch = async (url, options) => {
      const answer = await real(url, options);
      if (!String(url).endsWith('/confirmation') || !first) return answer;
      first = false;
      throw new TypeError('lost');
    };
  }`);
  page.on('request', (request) => {
    if (request.url().endsWith('/confirmation')) reports += 1;
  });
  await placeOrder(page, demo);
  await pay(page, { way: 'here' });
  await expectPaid(page);
  expect(reports).toBe(2);
});

test('the reference shop passes the rows of its examination that need a browser @drill', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveCard(page, demo);
  await answerDialog(authenticator, 'autoAccept');
  const shop = await shopAsClient(demo);
  const unpaid = { 'pay-report-refused': 'USER_CANCELLATION', 'pay-report-forged-proof': 'PROOF_REFUSED' };
  const rows = [...Object.keys(unpaid), 'pay-approved-at-the-end'];
  const examination = await startExamination(shop, 'MERCHANT', rows);
  await placeOrder(page, demo);
  for (const [row, why] of Object.entries(unpaid)) {
    await test.step(row, async () => {
      await pay(page, { way: 'here' });
      await expectUnpaid(page, demo, why);
      await page.getByRole('link', { name: 'Try again' }).click();
    });
  }
  await pay(page, { way: 'here' });
  await expectPaid(page);
  const { rows: judged, faults } = await endExamination(shop, examination);
  expect(judged.map(({ id, state, seen }) => [id, state, seen])).toEqual(rows.map((id) => [id, 'PASSED', undefined]));
  expect(faults).toEqual([]);
});

/** The reference shop as a client of the network: signs with its key. */
async function shopAsClient(demo: Demo) {
  const { networkUrl, network } = demo;
  const { config, clock } = network.network;
  const pem = await readFile(join(config.dataDir, 'shop', 'signing-key.pem'), 'utf8');
  return createTestClient(
    { address: networkUrl.replace('verify.localhost', '127.0.0.1'), publicUrl: networkUrl },
    {
      clock,
      changes: { clientId: 'shop', consumerKey: 'shop!demo-signing-key' },
      signingKey: createPrivateKey(pem),
    },
  );
}
