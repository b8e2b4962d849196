/** What the bank stores of an enrolment: the receipt of the consent, and the customer's passkeys. */
import { openBrowser, textOf } from '@payment-passkeys/web/testing';
import { describe, expect, test } from 'vitest';
import { DEMO_SIGN_IN } from '../src/index.ts';
import { createPasskeyRecords } from '../src/passkeys/records.ts';
import { NOW, useBank } from './bank.fixture.ts';

const { password } = DEMO_SIGN_IN;
const DEVICE = { browser: 'Chrome', platform: 'Linux' };

const fixture = useBank();

describe('what was agreed to', () => {
  test('a customer reads it later, word for word; another customer does not', async () => {
    fixture.later(3600); // so that this enrolment is the latest one
    const browser = await fixture.signedIn();
    await fixture.leave(browser);
    const list = await browser.get('/passkeys/consents');
    const [, path = ''] = /href="(\/passkeys\/consents\/[0-9a-f-]{36})"/.exec(list.body) ?? [];
    const page = await browser.get(path);
    const { text } = await fixture.consents().show({ country: 'US', language: 'en' });
    for (const line of text.split('\n')) expect(textOf(page)).toContain(line);
    await fixture.database.pool.query(
      `INSERT INTO bank_customer SELECT gen_random_uuid(), 'kim', password_hash, 'Kim', email_address, mobile_country_code, mobile_number
       FROM bank_customer WHERE username = 'avery' ON CONFLICT DO NOTHING`,
    );
    const other = openBrowser(fixture.bank);
    await other.signIn('kim', password);
    expect((await other.get(path)).statusCode).toBe(404);
    expect((await openBrowser(fixture.bank).get(path)).headers.location).toBe(
      `/sign-in?next=${encodeURIComponent(path)}`,
    );
  });
});

describe('back from the network', () => {
  test('the same passkey used again for more accounts is listed once, with all of them', async () => {
    const records = createPasskeyRecords(fixture.database.pool);
    const customerId = (
      await fixture.database.pool.query("SELECT customer_id FROM bank_customer WHERE username = 'avery'")
    ).rows[0].customer_id;
    const { receipt } = await fixture.consents().record({
      cardholderId: customerId,
      channel: 'WEB',
      accepted: await fixture.acceptNow({ country: 'US', language: 'en' }),
      accounts: [],
    });
    const agreed = { customerId, receiptId: receipt.receiptId };
    for (const [index, accounts] of [['•••• 1111'], ['•••• 1111', '•••• 2222']].entries()) {
      const clientSessionId = `86bd4a91-0000-4000-8000-00000000000${index}`;
      await records.addEnrolment({ ...agreed, clientSessionId, accounts });
      const completedAt = new Date(NOW.getTime() + index * 1000);
      const enrolled = { clientSessionId, credentialId: 'one', bindingId: 'b', device: DEVICE, completedAt };
      await records.addPasskey(enrolled);
      await records.addPasskey(enrolled);
    }
    expect(await records.listPasskeys(customerId)).toEqual([
      {
        credentialId: 'one',
        accounts: ['•••• 1111', '•••• 2222'],
        device: DEVICE,
        createdAt: NOW,
        lastUsedAt: new Date(NOW.getTime() + 1000),
      },
    ]);
  });
});
