/** The console's operators: one is invited, a second administrator approves the role and later another role, and the operator is removed. */
import type { Page } from '@playwright/test';
import { addAuthenticator } from './authenticator.ts';
import { signInAsOperator } from './console.ts';
import { button, expect, test } from './fixtures.ts';
import { judge } from './judge.ts';

const inside = (page: Page) => page.getByRole('navigation', { name: 'Console' });

test('an operator is invited, approved, given another role and removed; one administrator alone can only ask @at-length', async ({
  page,
  demo,
  browser,
}) => {
  const name = `Nora ${Date.now().toString(36)}`;
  await signInAsOperator(page, demo, 'ADMINISTRATOR');
  await page.goto(`${demo.consoleUrl}/operators`);
  await button(page, 'Invite an operator').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Support').check();
  await judge(page, 'console invitation');
  await dialog.getByRole('button', { name: 'Create invitation' }).click();
  const link = await dialog.getByLabel('Invitation link').inputValue();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('table', { name: 'Open invitations' })).toContainText(name);

  const nora = await (await browser.newContext()).newPage();
  await addAuthenticator(nora);
  await nora.goto(link);
  await expect(nora.getByRole('heading', { name: `Welcome, ${name}` })).toBeVisible();
  await button(nora, 'Create passkey').click();
  await expect(nora.getByRole('heading', { name: 'Your passkey is ready' })).toBeVisible();
  await nora.goto(`${demo.consoleUrl}/sign-in`);
  await button(nora, 'Sign in with a passkey').click();
  await expect(nora.getByRole('alert')).toBeVisible();
  await expect(inside(nora)).toHaveCount(0);

  const second = await (await browser.newContext()).newPage();
  await signInAsOperator(second, demo, 'ADMINISTRATOR', { name: 'Ben Administrator' });
  const approve = async () => {
    await second.goto(`${demo.consoleUrl}/approvals`);
    await second.getByRole('button', { name: `Approve: Role of operator ${name}` }).click();
    await second.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click();
    await expect(second.getByText(`Approved: Role of operator ${name}`)).toBeVisible();
  };
  await page.goto(`${demo.consoleUrl}/approvals`);
  await expect(page.getByText('A second person has to decide your own requests.')).toBeVisible();
  await expect(page.getByRole('button', { name: `Approve: Role of operator ${name}` })).toHaveCount(0);
  await judge(page, 'console approval');
  await approve();
  await button(nora, 'Sign in with a passkey').click();
  await expect(inside(nora)).toBeVisible();
  await expect(inside(nora).getByRole('link', { name: 'Operators' })).toHaveCount(0);

  await page.goto(`${demo.consoleUrl}/operators`);
  await button(page, `Change role of ${name}`).click();
  await dialog.getByLabel('Auditor').check();
  await dialog.getByRole('button', { name: 'Change role' }).click();
  await expect(page.getByText(`The new role of ${name} waits for a second administrator.`)).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: name })).toContainText('Support');
  await approve();
  await page.reload();
  await expect(page.getByRole('row').filter({ hasText: name })).toContainText('Auditor');

  // The change of the role has ended the session. The removal ends the new one.
  await nora.goto(`${demo.consoleUrl}/audit`);
  await button(nora, 'Sign in with a passkey').click();
  await expect(nora.getByRole('heading', { level: 1, name: 'Audit trail' })).toBeVisible();
  await button(page, `Remove ${name}`).click();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText(`${name} was removed.`)).toBeVisible();
  await nora.reload();
  await button(nora, 'Sign in with a passkey').click();
  await expect(nora.getByRole('alert')).toBeVisible();
  await expect(inside(nora)).toHaveCount(0);
});
