/**
 * The failure table of contract §3 for payments: each row ends at the shop with its code, nothing is paid, and the order can still be paid.
 */
import type { Demo } from '@payment-passkeys/demo';
import type { Page } from '@playwright/test';
import type { VirtualAuthenticator } from './authenticator.ts';
import { AS_DRILL } from './drills.ts';
import { button, type Clock, expect, test } from './fixtures.ts';
import { haveCard } from './kept-state.ts';
import { expectPaid, expectUnpaid, pay, placeOrder } from './shop.ts';

interface Stage {
  readonly page: Page;
  readonly demo: Demo;
  readonly clock: Clock;
  readonly authenticator: VirtualAuthenticator;
}

interface Row {
  readonly reason: string;
  readonly cause: string;
  /** A variant of another row: only the drills have it. */
  readonly variant?: boolean;
  /** Goes to the network's page, which shows the payment. */
  readonly act: (stage: Stage) => Promise<unknown>;
}

const approve = ({ page }: Stage) => button(page, 'Pay with passkey').click();

const ROWS: readonly Row[] = [
  {
    reason: 'CREDENTIALS_NOT_VERIFIED',
    cause: 'the passkey is gone from the device',
    act: async (stage) => {
      await stage.authenticator.clear();
      await approve(stage);
    },
  },
  {
    reason: 'INVALID_ARGUMENT',
    variant: true,
    cause: 'the credential does not say that the user was verified (400)',
    act: async (stage) => {
      const { session, id: authenticatorId } = stage.authenticator;
      await session.send('WebAuthn.setResponseOverrideBits', { authenticatorId, isBadUV: true });
      await approve(stage);
    },
  },
  {
    reason: 'PERMISSION_DENIED',
    cause: 'fifteen minutes are over (401)',
    act: async (stage) => {
      stage.clock.offset += 15 * 60 * 1000;
      await approve(stage);
    },
  },
  {
    reason: 'CREDENTIALS_NOT_VERIFIED',
    variant: true,
    cause: 'the dialog was cancelled',
    act: async (stage) => {
      await stage.authenticator.setUserVerified(false);
      await approve(stage);
    },
  },
];

interface Answer {
  readonly reason: string;
  readonly status: number;
  readonly body?: string;
}

/** The answers of the back end to `result`. `npm test` has only the unreadable one; the drills have them all. */
const ANSWERS: readonly Answer[] = [{ reason: 'UNKNOWN_ERROR', status: 200, body: 'what?' }];
const MORE_ANSWERS: readonly Answer[] = [
  { reason: 'FORBIDDEN', status: 403 },
  { reason: 'NOT_FOUND', status: 404 },
  { reason: 'INVALID_STATE', status: 500 },
  { reason: 'SERVICE_UNAVAILABLE', status: 503 },
  { reason: 'SERVICE_ERROR', status: 418 },
];

for (const { reason, cause, variant = false, act } of ROWS) {
  test(`${reason}: ${cause}${variant ? ' @drill' : ''}`, async ({ page, demo, clock, authenticator }) => {
    await haveCard(page, demo);
    const orderId = await placeOrder(page, demo);
    await pay(page);
    await expect(button(page, 'Pay with passkey')).toBeVisible();
    await act({ page, demo, clock, authenticator });
    await expectUnpaid(page, demo, reason);
    await expectPayable(page, demo, orderId);
  });
}

test('what the back end answers is told at the shop by its reason @at-length', async ({
  page,
  demo,
  authenticator: _,
}) => {
  test.slow();
  await haveCard(page, demo);
  // One route for all tests: a route that is added while a page loads may miss its requests.
  let answer = { status: 500, body: '{}' };
  await page.route('**/auth/passkeys/result', (route) => route.fulfill({ ...answer, contentType: 'application/json' }));
  for (const { reason, status, body = '{}' } of AS_DRILL ? [...ANSWERS, ...MORE_ANSWERS] : ANSWERS) {
    await test.step(`${reason}: ${status}`, async () => {
      answer = { status, body };
      const orderId = await placeOrder(page, demo);
      await pay(page);
      await button(page, 'Pay with passkey').click();
      await expectUnpaid(page, demo, reason);
      await expectPayable(page, demo, orderId);
    });
  }
});

/** Expects that nothing is paid, and that the order can still be paid. */
async function expectPayable(page: Page, { shopDatabase, shopUrl }: Demo, orderId: string): Promise<void> {
  const { rows } = await shopDatabase.pool.query('SELECT 1 FROM shop_order WHERE paid_at IS NOT NULL');
  expect(rows).toEqual([]);
  await page.goto(`${shopUrl}/orders/${orderId}/pay`);
  await expect(page.getByRole('heading', { name: 'Pay for your order' })).toBeVisible();
}

test('a payment that failed is paid at the next try, by a session of its own @drill', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveCard(page, demo);
  await placeOrder(page, demo);
  await pay(page);
  await authenticator.setUserVerified(false);
  await button(page, 'Pay with passkey').click();
  await expectUnpaid(page, demo, 'CREDENTIALS_NOT_VERIFIED');
  await authenticator.setUserVerified(true);
  await page.getByRole('link', { name: 'Try again' }).click();
  await pay(page);
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
});
