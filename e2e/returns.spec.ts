/** A return is only accepted in the browser that left (contract §3), and a page goes only to an allowed address. */

import type { Demo } from '@payment-passkeys/demo';
import { readRegistration, saveClient } from '@payment-passkeys/network';
import { createTestClient, type TestClient } from '@payment-passkeys/testkit';
import type { Page } from '@playwright/test';
import { bySetUp } from '../packages/network/test/by-set-up.ts';
import { addAuthenticator } from './authenticator.ts';
import {
  button,
  captureLaunch,
  createPasskey,
  expect,
  expectReady,
  expectReason,
  haveSession,
  launch,
  signIn,
  test,
  watchCallbacks,
} from './fixtures.ts';

/** Creates a passkey, and stops the browser's return before it reaches the bank. */
async function interceptCallback(page: Page, demo: Demo): Promise<string> {
  const atCallback = (url: URL) => url.origin === demo.bankUrl && url.searchParams.has('proofOfAuthentication');
  // Answered like a download, so that the browser stays on the page.
  await page.route(atCallback, (route) => route.abort('aborted'));
  const left = page.waitForEvent('requestfailed', (request) => atCallback(new URL(request.url())));
  await button(page, 'Create passkey').click();
  const callback = (await left).url();
  await page.unroute(atCallback);
  return callback;
}

test('a callback carried to another browser changes nothing there, and still completes in its own', async ({
  page,
  demo,
  authenticator,
  browser,
}) => {
  expect(await authenticator.credentialIds()).toHaveLength(0);
  await signIn(page, demo);
  await launch(page, demo);
  const callback = await interceptCallback(page, demo);

  const thief = await (await browser.newContext()).newPage();
  await signIn(thief, demo);
  await thief.goto(callback);
  await expect(thief.getByRole('heading', { name: 'Your payment passkey is ready' })).toHaveCount(0);
  const bindings = () => demo.network.network.pool.query('SELECT 1 FROM binding');
  expect((await bindings()).rowCount).toBe(0);

  await page.goto(callback);
  await expectReady(page);
  expect((await bindings()).rowCount).toBe(1);
  await thief.context().close();
});

test('a reload of the same callback in the same browser shows the same outcome @drill', async ({
  page,
  demo,
  authenticator,
}) => {
  expect(await authenticator.credentialIds()).toHaveLength(0);
  await signIn(page, demo);
  const callbacks = watchCallbacks(page, demo);
  await createPasskey(page, demo);
  await page.reload();
  await expectReady(page);
  await page.goto(callbacks[0]?.href ?? '');
  await expectReady(page);
  const { rows } = await demo.network.network.pool.query('SELECT count(*)::integer FROM binding');
  expect(rows).toEqual([{ count: 1 }]);
});

test('a forged failure is shown, but does not end the pending enrolment', async ({ page, demo, authenticator: _ }) => {
  await signIn(page, demo);
  await launch(page, demo);
  const callback = new URL(await interceptCallback(page, demo));
  const forged = new URL(callback);
  forged.searchParams.delete('proofOfAuthentication');
  forged.searchParams.set('status', 'ERROR');
  forged.searchParams.set('reason', 'UNKNOWN_ERROR');
  await page.goto(forged.href);
  await expectReason(page, demo, 'UNKNOWN_ERROR');
  await page.goto(callback.href);
  await expectReady(page);
});

test('a callback that nobody started changes nothing', async ({ page, demo }) => {
  await signIn(page, demo);
  await page.goto(`${demo.bankUrl}/passkeys/callback?state=${'a'.repeat(43)}&status=ERROR&reason=NOT_FOUND`);
  await expect(page.getByText('NOT_FOUND')).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'Your payment passkey is ready' })).toHaveCount(0);
});

test('a framed page refuses, and nothing of the session is spent @drill', async ({ page, demo, authenticator: _ }) => {
  await haveSession(page, demo);
  const launchUrl = await captureLaunch(page, demo);
  const framing = `${demo.bankUrl}/framing`;
  await page.route(framing, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<iframe title="network" src="${launchUrl.replaceAll('&', '&amp;')}"></iframe>`,
    }),
  );
  await page.goto(framing);
  await expect(page.frameLocator('iframe').getByRole('button')).toHaveCount(0);
  const { rows } = await demo.network.network.pool.query('SELECT state FROM session');
  expect(rows).toEqual([{ state: 'created' }]);
  await page.goto(launchUrl);
  await button(page, 'Create passkey').click();
  await expectReady(page);
});

test.describe('a session that came without a callback of its own', () => {
  async function startSession(demo: Demo): Promise<{ client: TestClient; uri: string }> {
    const at = { address: demo.network.address, publicUrl: demo.networkUrl };
    const clock = () => new Date();
    const changes = { clientId: 'other-bank', consumerKey: 'other-bank!key', accountRanges: ['222300'] };
    const client = await createTestClient(at, { clock, changes });
    await saveClient(demo.network.network.pool, readRegistration(client.registration), bySetUp(clock()));
    const cards = [{ primaryAccountNumber: '2223003122003222', panExpirationMonth: '12', panExpirationYear: '2032' }];
    const info = { accountReferences: { cards }, callbackUri: undefined } as never; // JSON.stringify removes it
    const answer = await client.startSession({ info });
    expect(answer.status).toBe(201);
    return { client, uri: answer.body.uri };
  }

  function withCallback(uri: string, callbackUri: string): string {
    const url = new URL(uri);
    url.searchParams.set('callbackUri', callbackUri);
    return url.href;
  }

  test('returns to an allow-listed callback of the query', async ({ page, demo, authenticator: _ }) => {
    const { uri } = await startSession(demo);
    const callback = 'https://app.bank.example/back?own=1';
    await page.route('https://app.bank.example/**', (route) => route.fulfill({ body: 'back at the bank' }));
    await page.goto(withCallback(uri, callback));
    await button(page, 'Create passkey').click();
    await expect(page).toHaveURL(/^https:\/\/app\.bank\.example\/back\?own=1&status=ENROLLED&proofOfAuthentication=/);
  });

  const FOREIGN = [
    'https://app.bank.example@evil.example/',
    'https://bank.example.evil.example/',
    'https://evil.example/back',
  ];
  for (const [position, callback] of FOREIGN.entries()) {
    test(`never goes to ${callback}${position === 0 ? '' : ' @drill'}`, async ({ page, demo, authenticator: _ }) => {
      const { uri } = await startSession(demo);
      const gone: string[] = [];
      page.on('request', (request) => gone.push(new URL(request.url()).origin));
      await page.goto(withCallback(uri, callback));
      await expect(page.getByText(/FORBIDDEN|INVALID_ARGUMENT/)).toBeVisible();
      await expect(button(page, 'Create passkey')).toHaveCount(0);
      expect(new Set(gone)).toEqual(new Set([demo.networkUrl]));
    });
  }
});

test('without a callback, 503 is shown with "Try again", which tries again', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await haveSession(page, demo);
  const launchUrl = new URL(await captureLaunch(page, demo));
  // The session is unknown, so the network has no return address for the page. The first answer is 503, the second the network's own.
  launchUrl.searchParams.set('authenticationSessionId', 'A'.repeat(32));
  let answers = 0;
  await page.route('**/auth/passkeys/open', (route) => {
    answers += 1;
    return answers === 1
      ? route.fulfill({ status: 503, contentType: 'application/json', body: '{}' })
      : route.continue();
  });
  await page.goto(launchUrl.href);
  await expect(page.getByText('SERVICE_UNAVAILABLE')).toBeVisible();
  await button(page, 'Try again').click();
  await expect(page.getByText('NOT_FOUND')).toBeVisible();
});

test('two devices of one cardholder each come back to their own browser @drill', async ({
  page,
  demo,
  authenticator: _,
  browser,
}) => {
  await signIn(page, demo);
  const other = await (await browser.newContext()).newPage();
  await addAuthenticator(other);
  await signIn(other, demo);
  await Promise.all([launch(page, demo), launch(other, demo)]);
  await page.bringToFront();
  await button(page, 'Create passkey').click();
  await expectReady(page);
  await other.bringToFront();
  await button(other, 'Create passkey').click();
  await expectReady(other);
  await other.context().close();
});
