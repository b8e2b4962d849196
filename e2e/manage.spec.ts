/** The cardholder's own page at the network: the sign-in, what it shows, removals, and their effect on the passkey of the device. */
import type { Demo } from '@payment-passkeys/demo';
import type { Page } from '@playwright/test';
import { AS_DRILL } from './drills.ts';
import { button, createPasskey, expect, haveSession, launch, test } from './fixtures.ts';
import { judge } from './judge.ts';
import { havePasskey } from './kept-state.ts';

/** In each language: "Use passkey", "Cancel" and "Delete this passkey everywhere". */
const WORDS = {
  en: { use: 'Use passkey', cancel: 'Cancel', delete: 'Delete this passkey everywhere' },
  ar: { use: 'استخدام مفتاح المرور', cancel: 'إلغاء', delete: 'حذف مفتاح المرور هذا من كل مكان' },
  ja: { use: 'パスキーを使用', cancel: 'キャンセル', delete: 'このパスキーをすべての場所で削除' },
} as const;

const BANK = 'Larkmoor Bank';

async function openPage(page: Page, { networkUrl }: Demo, language: keyof typeof WORDS = 'en'): Promise<void> {
  await page.goto(`${networkUrl}/auth/passkeys/manage?locale=${language}`);
  await expect(button(page, WORDS[language].use)).toBeVisible();
}

async function usePasskey(page: Page): Promise<void> {
  await button(page, 'Use passkey').click();
  await expect(page.getByRole('heading', { name: 'Where your passkey is used' })).toBeVisible();
}

test('a cardholder removes the bank, and then the passkey everywhere: the device no longer has it', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveSession(page, demo);
  await havePasskey(page, demo);
  const strangers: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== demo.networkUrl && !request.url().startsWith('data:'))
      strangers.push(request.url());
  });
  await openPage(page, demo);
  await expect(page.getByText(BANK)).toHaveCount(0);
  await usePasskey(page);
  await expect(page.getByText(BANK)).toBeVisible();
  await expect(page.getByText('This device', { exact: true })).toBeVisible();

  const removeBank = button(page, `Remove ${BANK}`);
  await removeBank.click();
  await expect(page.getByRole('heading', { name: /^Remove .*Larkmoor Bank.*\?$/ })).toBeFocused();
  await button(page, 'Cancel').click();
  await expect(removeBank).toBeFocused();
  await removeBank.click();
  await button(page, 'Remove').click();
  await expect(page.getByText('No bank and no shop uses this passkey at the moment.')).toBeVisible();
  const { pool } = demo.network.network;
  expect((await pool.query('SELECT FROM binding')).rowCount).toBe(0);

  expect(await authenticator.credentialIds()).toHaveLength(1);
  await button(page, WORDS.en.delete).click();
  await button(page, 'Delete everywhere').click();
  await expect(page.getByRole('heading', { name: 'Your passkey is deleted' })).toBeVisible();
  await expect.poll(() => authenticator.credentialIds()).toEqual([]);
  expect((await pool.query('SELECT FROM manage_visit WHERE passkey_id IS NOT NULL')).rowCount).toBe(0);
  expect(strangers).toEqual([]);
});

test('every screen, in three languages @at-length', async ({ page, demo, authenticator: _ }) => {
  await haveSession(page, demo);
  await havePasskey(page, demo);
  await addShopAndPhone(demo);
  for (const [language, words] of Object.entries(WORDS)) {
    if (language !== 'en' && !AS_DRILL) continue; // the screens are the same, so only the drills repeat them
    const look = (name: string) => judge(page, `${name}-${language}`);
    const inEnglish = language === 'en' ? look : async () => {};
    await openPage(page, demo, language as keyof typeof WORDS);
    await expect(page.locator('html')).toHaveAttribute('dir', language === 'ar' ? 'rtl' : 'ltr');
    if (language !== 'en') await expect(page.getByRole('contentinfo')).not.toContainText('Terms of Use');
    await inEnglish('welcome');
    await button(page, words.use).click();
    await expect(button(page, words.delete)).toBeVisible();
    await look('overview');
    const [bank, shop, here, phone] = await page.locator('.remove').all();
    for (const [name, action] of Object.entries({ bank, shop, here, phone, everywhere: button(page, words.delete) })) {
      await action?.click();
      await (name === 'shop' ? look : inEnglish)(name);
      await button(page, words.cancel).click();
    }
    await page.locator('.actions .primary').click();
    await inEnglish('left');
  }
});

/** Writes a shop's card and a second phone to the database. Other tests go through the flows that make them. */
async function addShopAndPhone({ network }: Demo): Promise<void> {
  const { pool } = network.network;
  await pool.query(
    `INSERT INTO binding (binding_id, passkey_id, client_id, card_index, card_last_four, created_at, updated_at, last_used_at,
                          suspended_by)
     SELECT 'shop', passkey_id, client_id, 'card', '4444', now(), now(), now(), '{ISSUER}' FROM passkey, client WHERE client_id = 'shop'`,
  );
  await pool.query(
    `INSERT INTO device (device_id, cookie_hash, created_at, last_used_at)
     VALUES ('phone', 'phone', now(), now() - interval '9 days')`,
  );
  await pool.query(
    `INSERT INTO device_passkey (device_id, passkey_id, instance_id, attached_at)
     SELECT 'phone', passkey_id, 'phone', now() - interval '40 days' FROM passkey`,
  );
}

test('the page works with the keyboard alone, and shows nothing after the passkey was not used', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveSession(page, demo);
  await havePasskey(page, demo);
  await openPage(page, demo);
  await authenticator.setUserVerified(false);
  await button(page, WORDS.en.use).press('Enter');
  await expect(page.getByText('Your passkey was not used. Please try again.').first()).toBeVisible();
  await authenticator.setUserVerified(true);
  await button(page, WORDS.en.use).press('Enter');
  const focused = page.locator(':focus');
  await expect(page.getByRole('heading', { name: 'Where your passkey is used' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(focused).toHaveAccessibleName(`Remove ${BANK}`);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: /^Remove/ })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByText('No bank and no shop uses this passkey at the moment.')).toBeVisible();
});

test('who goes away from the page is signed out at the network', async ({ page, demo, authenticator: _ }) => {
  await haveSession(page, demo);
  await havePasskey(page, demo);
  await openPage(page, demo);
  await usePasskey(page);
  const visits = async () =>
    (await demo.network.network.pool.query('SELECT FROM manage_visit WHERE passkey_id IS NOT NULL')).rowCount;
  expect(await visits()).toBe(1);
  await page.goto(demo.bankUrl);
  await expect.poll(visits).toBe(0);
  await page.goBack();
  await expect(button(page, WORDS.en.use)).toBeVisible();
  await expect(page.getByText(BANK)).toHaveCount(0);
});

test('a passkey that the network deleted disappears from the device: on the own page, and on the hosted page', async ({
  page,
  demo,
  authenticator,
}) => {
  const { pool } = demo.network.network;
  await haveSession(page, demo);
  await havePasskey(page, demo);
  await pool.query("UPDATE passkey SET status = 'deleted'");
  await openPage(page, demo);
  await button(page, WORDS.en.use).click();
  await expect(page.getByRole('heading', { name: 'This passkey no longer works' })).toBeVisible();
  await expect.poll(() => authenticator.credentialIds()).toEqual([]);

  await createPasskey(page, demo);
  await launch(page, demo);
  await expect(button(page, 'Use passkey')).toBeVisible();
  await pool.query("UPDATE passkey SET status = 'deleted'");
  await button(page, 'Use passkey').click();
  await expect(page).toHaveURL((url) => url.origin === demo.bankUrl);
  await expect.poll(() => authenticator.credentialIds()).toEqual([]);
});
