/** Every state of the hosted page, on a phone and a desktop screen: accessible, with requests only to the network. */
import type { Demo } from '@payment-passkeys/demo';
import type { Page } from '@playwright/test';
import type { VirtualAuthenticator } from './authenticator.ts';
import { button, captureLaunch, expect, haveSession, signIn, test } from './fixtures.ts';
import { judge } from './judge.ts';
import { havePasskey } from './kept-state.ts';
import { agree, CARD, confirmAtBank, expectPaid, haveShopSession, pay, placeOrder } from './shop.ts';

interface Stage {
  readonly page: Page;
  readonly demo: Demo;
  readonly authenticator: VirtualAuthenticator;
  readonly launchUrl: string;
}

interface Screen {
  readonly name: string;
  /** This device has a passkey before the test. */
  readonly enrolled?: boolean;
  readonly show: (stage: Stage) => Promise<unknown>;
}

const SCREENS: readonly Screen[] = [
  {
    name: 'loading',
    show: async ({ page, launchUrl }) => {
      await page.route('**/auth/passkeys/open', () => new Promise(() => {}));
      await page.goto(launchUrl);
    },
  },
  {
    name: 'offer to create',
    show: async ({ page, launchUrl }) => {
      await page.goto(launchUrl);
      await expect(button(page, 'Create passkey')).toBeVisible();
    },
  },
  {
    name: 'offer to use',
    enrolled: true,
    show: async ({ page, launchUrl }) => {
      await page.goto(launchUrl);
      await expect(button(page, 'Use passkey')).toBeVisible();
    },
  },
  {
    name: 'offer to create or to use another',
    enrolled: true,
    show: async ({ page, launchUrl }) => {
      await page.context().clearCookies({ domain: 'verify.localhost' });
      await page.goto(launchUrl);
      await expect(button(page, 'Use a passkey I already have')).toBeVisible();
    },
  },
  {
    name: 'working',
    show: async ({ page, launchUrl, authenticator }) => {
      await authenticator.setPresence(false);
      await page.goto(launchUrl);
      await button(page, 'Create passkey').click();
      await expect(button(page, 'Create passkey')).toHaveCount(0);
    },
  },
  {
    name: 'returning',
    show: async ({ page, demo, launchUrl }) => {
      await page.goto(launchUrl);
      await page.route(
        (url) => url.origin === demo.bankUrl,
        (route) => route.abort('aborted'),
      );
      await button(page, 'Create passkey').click();
      await expect(page.getByRole('link', { name: /Continue to/ })).toBeVisible();
    },
  },
  {
    name: 'no callback is known',
    show: async ({ page, launchUrl }) => {
      const url = new URL(launchUrl);
      url.searchParams.set('authenticationSessionId', 'A'.repeat(32));
      await page.goto(url.href);
      await expect(page.getByText('NOT_FOUND')).toBeVisible();
      await expect(button(page, 'Go back')).toBeVisible();
    },
  },
  {
    name: 'no screen lock',
    show: async ({ page, launchUrl, authenticator }) => {
      await authenticator.remove();
      await page.goto(launchUrl);
      await expect(page.getByRole('button')).toHaveText(['Go back', 'Create passkey']);
    },
  },
  {
    name: 'no screen lock, a passkey elsewhere',
    enrolled: true,
    show: async ({ page, launchUrl, authenticator }) => {
      await page.context().clearCookies({ domain: 'verify.localhost' });
      await authenticator.remove();
      await page.goto(launchUrl);
      await expect(page.getByRole('button')).toHaveText(['Go back', 'Use a passkey I already have']);
    },
  },
  {
    name: 'no WebAuthn',
    show: async ({ page, launchUrl }) => {
      await page.addInitScript(() => {
        Reflect.deleteProperty(globalThis, 'PublicKeyCredential');
      });
      await page.goto(launchUrl);
      await expect(button(page, 'Go back')).toBeVisible();
    },
  },
];

for (const { name, enrolled, show } of SCREENS) {
  test(`${name} @at-length`, async ({ page, demo, authenticator }) => {
    await haveSession(page, demo);
    if (enrolled) await havePasskey(page, demo);
    const launchUrl = await captureLaunch(page, demo);
    const strangers: string[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== demo.networkUrl && !request.url().startsWith('data:'))
        strangers.push(request.url());
    });
    await show({ page, demo, authenticator, launchUrl });
    await judge(page, name);
    expect(strangers.filter((url) => !url.startsWith(demo.bankUrl))).toEqual([]);
  });
}

/** The text of the primary action. */
const WORDS = {
  en: { agree: 'Agree and continue', create: 'Create passkey', pay: 'Pay with passkey' },
  ar: { agree: 'الموافقة والمتابعة', create: 'إنشاء مفتاح مرور', pay: 'الدفع بمفتاح المرور' },
  ja: { agree: '同意して続ける', create: 'パスキーを作成', pay: 'パスキーで支払う' },
} as const;

for (const [language, words] of Object.entries(WORDS)) {
  test(`a payment that registers on the way, in ${language}: terms, passkey, approval ${language === 'ar' ? '@at-length' : '@drill'}`, async ({
    page,
    demo,
    authenticator: _,
  }) => {
    await haveShopSession(page, demo);
    const orderId = await placeOrder(page, demo);
    await pay(page, { card: CARD });
    await expect(button(page, WORDS.en.agree)).toBeVisible();
    await expect(page.locator('.amount')).toContainText('$18.00');
    await expect(page.locator('.amount')).toContainText(orderId);
    await expect(page.getByText(new URL(demo.shopUrl).host, { exact: true })).toBeVisible();
    await demo.network.network.pool.query('UPDATE session SET locale = $1', [language]);
    await page.reload();
    await expect(button(page, words.agree)).toBeVisible();
    await expect(page.locator('html')).toHaveAttribute('dir', language === 'ar' ? 'rtl' : 'ltr');
    await judge(page, `terms-${language}`);
    await agree(page, demo, words.agree);
    await confirmAtBank(page);
    await expect(button(page, words.create)).toBeVisible();
    await judge(page, `register-${language}`);
    await button(page, words.create).click();
    await expect(button(page, words.pay)).toBeVisible();
    await judge(page, `pay-${language}`);
    await button(page, words.pay).click();
    await expectPaid(page);
  });
}

test('who asks for more contrast gets it: soft words are as dark as the others', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await page.emulateMedia({ contrast: 'more' });
  const expectNoSoftness = async (soft: string, full: string) => {
    const colour = (selector: string) =>
      page.locator(selector).first().evaluate('(element) => getComputedStyle(element).color');
    expect(await colour(soft), soft).toBe(await colour(full));
  };
  await signIn(page, demo);
  await expectNoSoftness('.muted', 'h1');
  const launchUrl = await captureLaunch(page, demo);
  await page.goto(`${demo.bankUrl}/passkeys/new`);
  await expectNoSoftness('.explanation', '.heading');
  await page.screenshot({ path: test.info().outputPath('contrast-element.png'), fullPage: true });
  await page.goto(launchUrl);
  await expect(button(page, 'Create passkey')).toBeVisible();
  await expectNoSoftness('.text', 'h1');
  await page.screenshot({ path: test.info().outputPath('contrast-page.png'), fullPage: true });
  await page.goto(demo.shopUrl);
  await expectNoSoftness('.muted', 'h1');
});

test('without JavaScript the page says so, and leads back to the bank', async ({ page, demo, browser }) => {
  await haveSession(page, demo);
  const launchUrl = await captureLaunch(page, demo);
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
  const plain = await context.newPage();
  await plain.goto(launchUrl);
  await expect(plain.getByRole('heading', { name: 'Please turn on JavaScript' })).toBeVisible();
  await plain.screenshot({ path: test.info().outputPath('no-javascript-320.png') });
  const asked = plain.waitForRequest(/status=ERROR&reason=UNKNOWN_ERROR$/);
  await plain.getByRole('link', { name: 'Go back' }).click();
  expect(new URL((await asked).url()).origin).toBe(demo.bankUrl);
  await context.close();
});

test('framed, the page refuses in words of its own or is not shown at all', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await haveSession(page, demo);
  const launchUrl = await captureLaunch(page, demo);
  // The header already forbids a frame; here it is removed, so that the script itself must refuse.
  await page.route(
    (url) => url.origin === demo.networkUrl && url.pathname === '/auth/passkeys',
    async (route) => {
      const { pathname, search } = new URL(route.request().url());
      const response = await fetch(demo.network.address + pathname + search);
      await route.fulfill({ contentType: 'text/html', body: await response.text() });
    },
  );
  await page.route(`${demo.bankUrl}/framing`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>framing</title><iframe title="network" width="320" height="700" src="${launchUrl.replaceAll('&', '&amp;')}"></iframe>`,
    }),
  );
  await page.goto(`${demo.bankUrl}/framing`);
  await expect(page.frameLocator('iframe').getByRole('heading').first()).toBeVisible();
  await expect(page.frameLocator('iframe').getByRole('button', { name: 'Create passkey' })).toHaveCount(0);
  const { rows } = await demo.network.network.pool.query('SELECT state FROM session');
  expect(rows).toEqual([{ state: 'created' }]);
  await page.screenshot({ path: test.info().outputPath('framed.png') });
});

test('the page works with the keyboard alone', async ({ page, demo, authenticator: _ }) => {
  await haveSession(page, demo);
  await page.goto(await captureLaunch(page, demo));
  await expect(button(page, 'Create passkey')).toBeVisible();
  // The heading has the focus; the primary action is a few Tab keys away.
  const focused = page.locator(':focus');
  for (let presses = 0; presses < 10 && (await focused.textContent())?.trim() !== 'Create passkey'; presses++) {
    await page.keyboard.press('Tab');
  }
  await expect(button(page, 'Create passkey')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Your payment passkey is ready' })).toBeVisible();
});

test('in Arabic the page reads from right to left @drill', async ({ page, demo, authenticator: _ }) => {
  await haveSession(page, demo);
  const launchUrl = await captureLaunch(page, demo);
  await demo.network.network.pool.query("UPDATE session SET locale = 'ar'");
  await page.goto(launchUrl);
  await expect(button(page, WORDS.ar.create)).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
  await judge(page, 'arabic');
});
