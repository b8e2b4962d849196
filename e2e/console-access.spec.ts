/** Access to the console in a real browser: an invitation, its passkey, the sign-in, an idle session, and an invitation that is over. */
import { inviteFirstOperator } from '@payment-passkeys/network';
import type { InvitationLink } from '@payment-passkeys/protocol/console';
import type { Page } from '@playwright/test';
import { button, expect, test } from './fixtures.ts';

/** Leaves the page first: if only the fragment changed, the browser would not load the page again. */
async function open(page: Page, address: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(address);
}

const signIn = (page: Page) => button(page, 'Sign in with a passkey').click();
const inside = (page: Page) => page.getByRole('navigation', { name: 'Console' });
const over = (page: Page) => page.getByRole('heading', { name: 'This invitation cannot be used' });
const door = (page: Page) => page.getByRole('heading', { name: 'Sign in to the console' });

test('an invitation makes an operator once; the passkey signs in from then on', async ({
  page,
  demo,
  clock,
  authenticator,
}) => {
  const invitation = (await inviteFirstOperator(demo.network.network)) ?? '';
  await open(page, invitation);
  await expect(page.getByRole('heading', { name: 'Welcome, First operator' })).toBeVisible();
  // The token is in neither the address bar nor the history.
  expect(page.url()).toBe(`${demo.consoleUrl}/invitation`);
  await button(page, 'Create passkey').click();
  await expect(inside(page)).toBeVisible();
  expect(await authenticator.credentialIds()).toHaveLength(1);

  await open(page, invitation);
  await expect(over(page)).toBeVisible();

  await open(page, `${demo.consoleUrl}/operators`);
  await expect(page.getByText('First operator').first()).toBeVisible();
  const made: InvitationLink = await page.evaluate(async () => {
    const answer = await fetch('/api/operators/invitations', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Sam', role: 'SUPPORT' }),
    });
    return answer.json() as Promise<InvitationLink>;
  });
  await page.locator('details.account summary').click();
  await button(page, 'Sign out').click();
  await expect(door(page)).toBeVisible();
  await signIn(page);
  await expect(inside(page)).toBeVisible();

  clock.offset += 15 * 60 * 1000;
  await open(page, made.uri);
  await expect(over(page)).toBeVisible();
  // After this time without use the session is over too. The sign-in leads back to the requested page.
  await open(page, `${demo.consoleUrl}/operators`);
  await expect(door(page)).toBeVisible();
  await signIn(page);
  await expect(page.getByRole('heading', { name: 'Operators' })).toBeVisible();
});
