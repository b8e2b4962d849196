/** The registration element in real Chromium: in the bank, and in every language. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { addAuthenticator } from './authenticator.ts';
import { button, expect, signIn, test } from './fixtures.ts';
import { findViolations, judge } from './judge.ts';
import { BUNDLE, buildRegistration, element, select } from './registration.ts';

const MAX_COMPRESSED_BYTES = 25_000;

const PHONE = { width: 390, height: 660 };

const LANGUAGES: readonly { readonly language: string; readonly country: string; readonly agree: string }[] = [
  { language: 'en', country: 'US', agree: 'Agree and continue' },
  { language: 'es', country: 'MX', agree: 'Aceptar y continuar' },
  { language: 'pt', country: 'BR', agree: 'Concordar e continuar' },
  { language: 'fr', country: 'CA', agree: 'Accepter et continuer' },
  { language: 'de', country: 'US', agree: 'Zustimmen und fortfahren' },
  { language: 'ja', country: 'JP', agree: '同意して続ける' },
  { language: 'zh', country: 'SG', agree: '同意并继续' },
  { language: 'ar', country: 'AE', agree: 'أوافق وأتابع' },
  { language: 'hi', country: 'IN', agree: 'सहमति दें और जारी रखें' },
  { language: 'id', country: 'ID', agree: 'Setuju dan lanjutkan' },
];

test.beforeAll(buildRegistration);

const paragraphs = (page: Page) => element(page).locator('[data-consent] p').allInnerTexts();

/** Opens the screen with the element. */
async function openScreen(page: Page, bankUrl: string, { country = 'US', language = 'en' } = {}): Promise<void> {
  await page.goto(`${bankUrl}/passkeys/new?country=${country}&language=${language}`);
  await expect(element(page).locator('.registration')).toHaveAttribute('lang', language);
}

test('with everything it needs it is at most 25 kB compressed', () => {
  expect(gzipSync(readFileSync(BUNDLE), { level: 9 }).byteLength).toBeLessThanOrEqual(MAX_COMPRESSED_BYTES);
});

for (const { language, country, agree } of LANGUAGES) {
  const tag = language === 'ar' ? '@at-length' : '@drill';
  test(`${language}: drawn, readable at 320 px and 1280 px, light and dark, and axe finds nothing ${tag}`, async ({
    page,
    demo,
    authenticator: _,
  }) => {
    const violations: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') violations.push(message.text());
    });
    await signIn(page, demo);
    await openScreen(page, demo.bankUrl, { country, language });
    await expect(page.locator('html')).toHaveAttribute('dir', language === 'ar' ? 'rtl' : 'ltr');
    await expect(button(page, agree)).toBeVisible();
    await expect(element(page).locator('.notice')).toHaveCount(0);
    await judge(page, language);
    await page.setViewportSize(PHONE);
    const { y, height } = (await button(page, agree).boundingBox()) ?? { y: Number.NaN, height: 0 };
    expect(y + height, 'the button is within two screens of a phone').toBeLessThanOrEqual(2 * PHONE.height);
    expect(violations).toEqual([]);
  });
}

test('changing country and language keeps what was entered, and changes text, links and direction', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await signIn(page, demo);
  await openScreen(page, demo.bankUrl);
  const before = await paragraphs(page);
  await page.getByRole('checkbox', { name: /5100/ }).uncheck();
  await page.getByLabel('Country').selectOption('MX');
  await page.getByLabel('Language').selectOption('es');
  await expect(button(page, 'Aceptar y continuar')).toBeVisible();
  expect(await paragraphs(page)).not.toEqual(before);
  await expect(page.getByRole('link', { name: 'Términos de uso' })).toHaveAttribute(
    'href',
    `${demo.bankUrl}/legal/terms?country=MX&language=es`,
  );
  await expect(page.getByRole('checkbox', { name: /5100/ })).not.toBeChecked();
  await expect(page.getByRole('checkbox', { name: /4444/ })).toBeChecked();
  await expect(select(page, 'country')).toHaveValue('MX');
  await expect(page).toHaveTitle(/^Configura una llave de acceso/);
  await select(page, 'language').selectOption('ar');
  await expect(element(page).locator('.registration')).toHaveAttribute('dir', 'rtl');
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
  await expect(select(page, 'country')).toHaveValue('MX');
  await expect(page.getByRole('checkbox', { name: /5100/ })).not.toBeChecked();
  await page.reload();
  await expect(element(page).locator('.registration')).toHaveAttribute('lang', 'ar');
});

test('the receipt is what was on the screen: text, place, accounts; and the cardholder can read it', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await signIn(page, demo);
  await openScreen(page, demo.bankUrl, { country: 'BR', language: 'pt' });
  const shown = await paragraphs(page);
  const links = await element(page)
    .locator('[data-consent] a')
    .evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  await page.getByRole('checkbox', { name: /5100/ }).uncheck();
  await button(page, 'Concordar e continuar').click();
  await page.waitForURL((url) => url.origin === demo.networkUrl);

  const { rows } = await demo.bankDatabase.pool.query(
    'SELECT * FROM payment_passkey_consent JOIN payment_passkey_consent_text USING (text_hash) ORDER BY accepted_at DESC LIMIT 1',
  );
  const [receipt] = rows;
  expect(receipt).toMatchObject({
    channel: 'WEB',
    country: 'BR',
    language: 'pt',
    accounts: ['•••• 4444', 'a•••@l•••.example', '••• 00'],
  });
  expect(receipt.text.split('\n').slice(0, shown.length)).toEqual(shown);
  expect(createHash('sha256').update(receipt.text).digest('hex')).toBe(receipt.text_hash);
  expect(receipt.resources.map(({ uri }: { uri: string }) => uri)).toEqual(links);

  await page.goto(`${demo.bankUrl}/passkeys/consents`);
  await page.locator('.receipt-line').first().click();
  // The chosen language applies to all pages of the bank.
  await expect(page.getByRole('heading', { level: 1, name: 'O que você aceitou' })).toBeVisible();
  expect((await page.locator('[data-consent] p').allInnerTexts()).slice(0, shown.length)).toEqual(shown);
  await expect(page.getByText(receipt.text_hash)).toBeVisible();
});

test('a country that is not eligible says why and stops; choosing another goes on', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await signIn(page, demo);
  await openScreen(page, demo.bankUrl);
  await page.getByLabel('Country').selectOption('DE');
  await expect(page.getByRole('alert').filter({ hasText: 'Germany' })).toContainText('European Economic Area');
  await expect(button(page, 'Agree and continue')).toHaveCount(0);
  await page.getByLabel('Country').selectOption('CN');
  await expect(page.getByRole('alert').filter({ hasText: 'China' })).toBeVisible();
  await page.getByLabel('Country').selectOption('NZ');
  await expect(button(page, 'Agree and continue')).toBeEnabled();
  await button(page, 'Not now').click();
  await expect(page).toHaveURL(`${demo.bankUrl}/`);
});

test('a device without a screen lock is told what to do, and is no dead end', async ({ page, demo }) => {
  await signIn(page, demo);
  await openScreen(page, demo.bankUrl);
  await expect(page.getByText('This device has no screen lock yet')).toBeVisible();
  await expect(button(page, 'Agree and continue')).toBeEnabled();
  await addAuthenticator(page);
  await button(page, 'Check again').click();
  await expect(page.getByText('This device has no screen lock yet')).toHaveCount(0);
});

test('a browser without passkeys is told so', async ({ page, demo }) => {
  await page.addInitScript('delete window.PublicKeyCredential');
  await signIn(page, demo);
  await openScreen(page, demo.bankUrl);
  await expect(page.getByText('This browser cannot use passkeys')).toBeVisible();
});

test('by keyboard alone, from the cards to the network', async ({ page, demo, authenticator: _ }) => {
  await signIn(page, demo);
  await openScreen(page, demo.bankUrl);
  const focused = () =>
    page.evaluate(
      '(() => { const deep = (node) => node.shadowRoot?.activeElement ?? node; return deep(document.activeElement).id || deep(document.activeElement).textContent.trim(); })()',
    );
  await page.getByRole('checkbox', { name: /4444/ }).focus();
  await page.keyboard.press('Space');
  await expect(page.getByRole('checkbox', { name: /4444/ })).not.toBeChecked();
  await page.keyboard.press('Space');
  for (const name of [/5100/, /Email/, /Mobile/]) {
    await page.keyboard.press('Tab');
    await expect(page.getByRole('checkbox', { name })).toBeFocused();
  }
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('country');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('language');
  await page.keyboard.type('Esp');
  await expect(button(page, 'Aceptar y continuar')).toBeVisible();
  expect(await focused()).toBe('language');
  const visited: unknown[] = [];
  for (let presses = 0; presses < 8 && !visited.includes('Aceptar y continuar'); presses++) {
    await page.keyboard.press('Tab');
    visited.push(await focused());
  }
  expect(visited).toEqual(expect.arrayContaining(['Términos de uso', 'Aviso de privacidad', 'Aceptar y continuar']));
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.origin === demo.networkUrl);
});

test('without a card nothing is agreed to, and the focus goes to the cards', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await signIn(page, demo);
  await openScreen(page, demo.bankUrl);
  for (const card of [/4444/, /5100/]) await page.getByRole('checkbox', { name: card }).uncheck();
  await button(page, 'Agree and continue').click();
  await expect(page.getByRole('alert').filter({ hasText: 'Choose at least one card.' })).toBeVisible();
  await expect(page.getByRole('checkbox', { name: /4444/ })).toBeFocused();
});

test('a language that does not arrive leaves the screen as it was, and says so', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await signIn(page, demo);
  await openScreen(page, demo.bankUrl);
  const before = await paragraphs(page);
  await page.route('**/passkeys/catalogue/hi.json', (route) => route.abort());
  await select(page, 'language').selectOption('hi');
  await expect(page.getByText('This language could not be loaded.')).toBeVisible();
  await expect(select(page, 'language')).toHaveValue('en');
  expect(await paragraphs(page)).toEqual(before);
  await page.unroute('**/passkeys/catalogue/hi.json');
  await select(page, 'language').selectOption('hi');
  await expect(button(page, 'सहमति दें और जारी रखें')).toBeEnabled();
});

test('back by the back button, a consent can be given again', async ({ page, demo, authenticator: _ }) => {
  await signIn(page, demo);
  await openScreen(page, demo.bankUrl);
  await button(page, 'Agree and continue').click();
  await page.waitForURL((url) => url.origin === demo.networkUrl);
  await page.goBack();
  await expect(button(page, 'Agree and continue')).toBeEnabled();
  await button(page, 'Agree and continue').click();
  await page.waitForURL((url) => url.origin === demo.networkUrl);
});

for (const { title, javaScriptEnabled, tag } of [
  { title: 'without script', javaScriptEnabled: false, tag: '' },
  { title: 'where the script cannot be loaded', javaScriptEnabled: true, tag: ' @drill' },
]) {
  test(`${title} the plain form does the same${tag}`, async ({ browser, demo }) => {
    const page = await (await browser.newContext({ javaScriptEnabled })).newPage();
    await page.route('**/payment-passkey-registration.js', (route) => route.abort());
    await signIn(page, demo);
    await page.getByRole('link', { name: 'Set up a payment passkey' }).click();
    await page.getByLabel('Country').selectOption('MX');
    await page.getByLabel('Language').selectOption('es');
    await button(page, 'Show this version').click();
    await page.getByRole('checkbox', { name: /5100/ }).uncheck();
    if (javaScriptEnabled) expect(await findViolations(page)).toEqual([]); // axe is itself a script
    await button(page, 'Aceptar y continuar').click();
    await page.waitForURL((url) => url.origin === demo.networkUrl);
    const { rows } = await demo.bankDatabase.pool.query(
      'SELECT country, language, accounts FROM payment_passkey_consent ORDER BY accepted_at DESC LIMIT 1',
    );
    expect(rows[0]).toMatchObject({ country: 'MX', language: 'es' });
    expect(rows[0].accounts).not.toContain('•••• 5100');
    await page.context().close();
  });
}
