/** The two scenarios, and the alternatives for a cardholder who cannot continue. */
import { addAuthenticator } from './authenticator.ts';
import { button, createPasskey, expect, expectReady, haveSession, launch, signIn, test } from './fixtures.ts';
import { havePasskey } from './kept-state.ts';

test('2A: a cardholder creates a passkey, and the bank shows it bound', async ({ page, demo, authenticator }) => {
  await signIn(page, demo);
  await createPasskey(page, demo);
  expect(await authenticator.credentialIds()).toHaveLength(1);
  const bound = await demo.network.network.pool.query(
    'SELECT kind, count(*)::integer FROM binding_account GROUP BY kind ORDER BY kind',
  );
  expect(bound.rows).toEqual([
    { kind: 'CARD', count: 2 },
    { kind: 'EMAIL', count: 1 },
    { kind: 'MOBILE', count: 1 },
  ]);
  await page.goto(demo.bankUrl);
  await expect(page.getByRole('heading', { name: /payment passkeys/i })).toBeVisible();
});

test('2B: on the same device the existing passkey is used, and there is still one of everything', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveSession(page, demo);
  await havePasskey(page, demo);
  await launch(page, demo);
  await button(page, 'Use passkey').click();
  await expectReady(page);
  expect(await authenticator.credentialIds()).toHaveLength(1);
  const { pool } = demo.network.network;
  const counts = await pool.query(
    `SELECT (SELECT count(*) FROM passkey)::integer AS passkeys, (SELECT count(*) FROM device)::integer AS devices,
            (SELECT count(*) FROM binding)::integer AS bindings`,
  );
  expect(counts.rows).toEqual([{ passkeys: 1, devices: 1, bindings: 1 }]);
});

test('2A again from another device: the second device gets a passkey of its own', async ({
  page,
  demo,
  authenticator,
  browser,
}) => {
  await haveSession(page, demo);
  await havePasskey(page, demo);
  expect(await authenticator.credentialIds()).toHaveLength(1);
  const other = await (await browser.newContext()).newPage();
  await addAuthenticator(other);
  await signIn(other, demo);
  await launch(other, demo);
  await expect(button(other, 'Use a passkey I already have')).toBeVisible();
  await button(other, 'Create passkey').click();
  await expectReady(other);
  const { rows } = await demo.network.network.pool.query('SELECT count(*)::integer FROM passkey');
  expect(rows).toEqual([{ count: 2 }]);
  await other.context().close();
});

test('a synced passkey on another device is used by "Use a passkey I already have", and then known there @drill', async ({
  page,
  demo,
  authenticator,
  browser,
}) => {
  await haveSession(page, demo);
  await havePasskey(page, demo);
  const other = await (await browser.newContext()).newPage();
  const synced = await addAuthenticator(other);
  await synced.syncFrom(authenticator);
  await signIn(other, demo);
  await launch(other, demo);
  await button(other, 'Use a passkey I already have').click();
  await expectReady(other);
  await launch(other, demo);
  await button(other, 'Use passkey').click();
  await expectReady(other);
  const { rows } = await demo.network.network.pool.query('SELECT count(*)::integer FROM passkey');
  expect(rows).toEqual([{ count: 1 }]);
  await other.context().close();
});

test('a cleared cookie: the device is not recognised, and its passkey is found again', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveSession(page, demo);
  await havePasskey(page, demo);
  await page.context().clearCookies({ domain: 'verify.localhost' });
  await launch(page, demo);
  await expect(button(page, 'Create passkey')).toBeVisible();
  await button(page, 'Use a passkey I already have').click();
  await expectReady(page);
  expect(await authenticator.credentialIds()).toHaveLength(1);
});

test('a deleted passkey: "Create a new passkey" makes another within the same session', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveSession(page, demo);
  await havePasskey(page, demo);
  await authenticator.clear();
  await launch(page, demo);
  await expect(button(page, 'Use passkey')).toBeVisible();
  await button(page, 'Create a new passkey').click();
  await expectReady(page);
  expect(await authenticator.credentialIds()).toHaveLength(1);
});

test('a reload in the middle opens the session again, without the token', async ({ page, demo, authenticator }) => {
  await signIn(page, demo);
  await launch(page, demo);
  await expect(button(page, 'Create passkey')).toBeVisible();
  await expect(page).toHaveURL(({ hash }) => hash === '');
  await page.reload();
  await button(page, 'Create passkey').click();
  await expectReady(page);
  expect(await authenticator.credentialIds()).toHaveLength(1);
});

test('the fragment is wiped from the address bar and from the history', async ({ page, demo, authenticator: _ }) => {
  await signIn(page, demo);
  const launches: string[] = [];
  page.on('framenavigated', (frame) => launches.push(new URL(frame.url()).hash));
  await launch(page, demo);
  await expect(button(page, 'Create passkey')).toBeVisible();
  await expect(page).toHaveURL(({ hash }) => hash === '');
  expect(launches.some((hash) => hash !== '')).toBe(true);
  await page.goBack();
  await page.goForward();
  await expect(button(page, 'Create passkey')).toBeVisible();
  await expect(page).toHaveURL(({ hash }) => hash === '');
});
