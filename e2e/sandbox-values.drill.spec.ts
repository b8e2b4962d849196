/** The sandbox's values in a browser: the hosted page and the reference bank are unmodified, and the customer has an e-mail address of the sandbox. */
import type { Demo } from '@payment-passkeys/demo';
import { button, expectReady, expectReason, launch, signIn, test } from './fixtures.ts';

const setEmail = ({ bankDatabase }: Demo, email: string) =>
  bankDatabase.pool.query(`UPDATE bank_customer SET email_address = $1 WHERE username = 'avery'`, [email]);

test('a customer’s e-mail address decides what the page and the bank meet', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await signIn(page, demo);
  const { rows } = await demo.bankDatabase.pool.query(
    `SELECT email_address FROM bank_customer WHERE username = 'avery'`,
  );
  try {
    await test.step('the page’s first call is answered 503', async () => {
      await setEmail(demo, 'service-unavailable@open.sandbox.example');
      await launch(page, demo);
      await expectReason(page, demo, 'SERVICE_UNAVAILABLE');
    });
    await test.step('the page’s second call ends the session', async () => {
      await setEmail(demo, 'duplicate-credentials@result.sandbox.example');
      await launch(page, demo);
      await button(page, 'Create passkey').click();
      await expectReason(page, demo, 'DUPLICATE_CREDENTIALS');
    });
    await test.step('an answer is lost: the page asks again, and the passkey is ready', async () => {
      await setEmail(demo, 'lost@result.sandbox.example');
      await launch(page, demo);
      await button(page, 'Create passkey').click();
      await expectReady(page);
    });
  } finally {
    await setEmail(demo, rows[0].email_address);
  }
});
