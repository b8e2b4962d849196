/** The console in a browser: every screen with axe in both schemes, a walk with the keyboard, addresses without permission. */
import type { OperatorRole } from '@payment-passkeys/protocol/console';
import type { Page } from '@playwright/test';
import { signInAsOperator } from './console.ts';
import { AS_DRILL } from './drills.ts';
import { button, expect, test } from './fixtures.ts';
import { judge } from './judge.ts';

interface Screen {
  readonly path: string;
  readonly heading: string;
  readonly role: OperatorRole;
  /** The test that judges the screen with content in it. In this file only the drills judge such a screen. */
  readonly judgedIn?: 'console-work.spec.ts' | 'console-operators.spec.ts';
}

/** Each screen of the navigation, with a role that may see it and its heading. */
const SCREENS: readonly Screen[] = [
  { path: '/overview', heading: 'Overview', role: 'SUPPORT' },
  { path: '/sessions', heading: 'Sessions', role: 'SUPPORT', judgedIn: 'console-work.spec.ts' },
  { path: '/passkeys', heading: 'Passkeys', role: 'SUPPORT' },
  { path: '/clients', heading: 'Clients', role: 'OPERATOR' },
  { path: '/onboard', heading: 'Onboard a client', role: 'OPERATOR', judgedIn: 'console-work.spec.ts' },
  { path: '/audit', heading: 'Audit trail', role: 'AUDITOR', judgedIn: 'console-work.spec.ts' },
  { path: '/operators', heading: 'Operators', role: 'ADMINISTRATOR' },
  { path: '/approvals', heading: 'Approvals', role: 'AUDITOR', judgedIn: 'console-operators.spec.ts' },
];

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true });

/** What the browser refused by the page's policy: an inline style, a script, a request to elsewhere. */
function watchPolicy(page: Page): readonly string[] {
  const refused: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML|TrustedScript/.test(message.text())) refused.push(message.text());
  });
  return refused;
}

test('every screen passes axe and fits, in both schemes, and keeps to the policy @at-length', async ({
  page,
  demo,
}) => {
  const refused = watchPolicy(page);
  for (const { path, heading: name, role, judgedIn } of SCREENS) {
    await signInAsOperator(page, demo, role);
    await page.goto(demo.consoleUrl + path);
    await expect(heading(page, name)).toBeVisible();
    await expect(page.locator('.skeleton')).toHaveCount(0);
    await expect(page).toHaveTitle(/ · /);
    if (judgedIn === undefined || AS_DRILL) await judge(page, `console ${name}`);
  }
  expect(refused).toEqual([]);
});

test('the overview answers each of its times', async ({ page, demo }) => {
  await signInAsOperator(page, demo, 'SUPPORT');
  await page.goto(`${demo.consoleUrl}/overview`);
  for (const time of ['Hour', '7 days', '30 days', '90 days', '24 hours']) {
    await page.getByRole('link', { name: time, exact: true }).click();
    await expect(page.getByRole('link', { name: time, exact: true })).toHaveAttribute('aria-current', /./);
    await expect(page.locator('.reloading, .skeleton')).toHaveCount(0);
    // An answer shows its dates, even without a session. A refusal shows none.
    await expect(page.locator('.counted')).toBeVisible();
    await expect(page.getByRole('alert')).toHaveCount(0);
  }
});

test('signed out, an address leads to the sign-in, and back after it @at-length', async ({ page, demo }) => {
  const refused = watchPolicy(page);
  await page.goto(`${demo.consoleUrl}/approvals?show=all`);
  await expect(heading(page, 'Sign in to the console')).toBeVisible();
  await judge(page, 'console sign-in');
  await signInAsOperator(page, demo, 'ADMINISTRATOR');
  await page.reload();
  await expect(heading(page, 'Approvals')).toBeVisible();
  await expect(page).toHaveURL(`${demo.consoleUrl}/approvals?show=all`);
  await page.goto(`${demo.consoleUrl}/invitation`);
  await expect(heading(page, 'The invitation could not be opened')).toBeVisible();
  await judge(page, 'console invitation');
  expect(refused).toEqual([]);
});

test('a console session that ends behind a dialog leads to the sign-in, without the dialog', async ({ page, demo }) => {
  await signInAsOperator(page, demo, 'OPERATOR');
  await page.goto(`${demo.consoleUrl}/clients/shop`);
  await button(page, 'Suspend').click();
  await demo.network.network.pool.query('DELETE FROM operator_session');
  await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
  await expect(heading(page, 'Sign in to the console')).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('status')).toHaveText('You were signed out. Sign in again to go on.');
});

test('an address that the role may not see says which role it needs @at-length', async ({ page, demo }) => {
  await signInAsOperator(page, demo, 'SUPPORT');
  await page.goto(`${demo.consoleUrl}/operators`);
  await expect(page.getByText('This page needs the role Administrator or Auditor')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Operators' })).toHaveCount(0);
  await judge(page, 'console without permission');
});

test('everything is reached with the keyboard', async ({ page, demo }) => {
  await signInAsOperator(page, demo, 'ADMINISTRATOR');
  await page.goto(`${demo.consoleUrl}/overview`);
  await expect(heading(page, 'Overview')).toBeVisible();
  const focused = page.locator(':focus');

  await page.evaluate('document.activeElement.blur()');
  await page.keyboard.press('Tab');
  await expect(focused).toHaveText('Skip to the content');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();

  await page.getByRole('link', { name: 'Operators' }).focus();
  await page.keyboard.press('Enter');
  await expect(heading(page, 'Operators')).toBeVisible();
  await expect(page.getByRole('main')).toBeFocused();
  await expect(page.getByRole('link', { name: 'Operators' })).toHaveAttribute('aria-current', 'page');

  // The dialog takes the focus and gives it back.
  await button(page, 'Invite an operator').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Name')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(button(page, 'Invite an operator')).toBeFocused();

  await page.goBack();
  await expect(heading(page, 'Overview')).toBeVisible();

  // On a narrow screen the navigation is behind a button.
  await page.setViewportSize({ width: 320, height: 700 });
  await expect(page.getByRole('link', { name: 'Operators' })).toBeHidden();
  await button(page, 'Menu').press('Enter');
  await expect(page.getByRole('link', { name: 'Operators' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('link', { name: 'Operators' })).toBeHidden();
});
