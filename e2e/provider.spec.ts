/**
 * Secure Payment Confirmation in a payment service provider's frame on a shop's page: the shop's registration allows the frame, or does not, or
 * another site embeds the frame. Each site has its own short page.
 */
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { haveCard } from './kept-state.ts';
import { CARD } from './shop.ts';
import { startSmallProvider } from './small-provider.ts';
import { answerDialog } from './spc.ts';

/** Opens the page of a shop that embeds the frame, and pays in it. Resolves to what the frame shows. */
async function payInFrame(page: Page, shop: string, frame: string, allow = 'payment'): Promise<string> {
  await page.goto(`${shop}/checkout?${new URLSearchParams({ frame, allow })}`);
  const inside = page.frameLocator('iframe');
  await inside.getByRole('button', { name: 'Pay' }).click();
  await expect(inside.getByRole('status')).not.toBeEmpty();
  return (await inside.getByRole('status').textContent()) ?? '';
}

test('a provider’s frame confirms payments on the page of a shop that allows it, and on no other page', async ({
  page,
  demo,
  authenticator,
}) => {
  test.slow();
  await haveCard(page, demo);
  await answerDialog(authenticator, 'autoAccept');
  const [month = '', year = ''] = CARD.expires.split('/');
  const provider = await startSmallProvider(demo, {
    primaryAccountNumber: CARD.number.replaceAll(' ', ''),
    panExpirationMonth: month,
    panExpirationYear: `20${year}`,
  });
  const [books, other] = [provider.shop('books'), provider.shop('other')];
  try {
    const shop = await provider.register({ origin: books, frame: true });
    await test.step('allowed by the registration', async () => {
      expect(await payInFrame(page, books, provider.frame(shop))).toBe('AUTHENTICATED');
      expect(provider.refusals).toEqual([]);
    });
    await test.step('embedded by another site: the network refuses, and offers its own page', async () => {
      expect(await payInFrame(page, other, provider.frame(shop))).toBe('REDIRECTED');
      expect(provider.refusals).toEqual(['PAYMENT_ORIGIN_MISMATCH']);
    });
    await test.step('not allowed by the registration', async () => {
      const plain = await provider.register({ origin: other });
      expect(await payInFrame(page, other, provider.frame(plain))).toBe('REDIRECTED');
      expect(provider.refusals).toEqual(['PAYMENT_ORIGIN_MISMATCH', 'PAYMENT_ORIGIN_MISMATCH']);
    });
    await test.step('without the permission `payment` the browser shows nothing, and the network’s page takes over', async () => {
      expect(await payInFrame(page, books, provider.frame(shop), '')).toBe('REDIRECTED');
      expect(provider.refusals).toHaveLength(2);
    });
  } finally {
    await provider.stop();
  }
});
