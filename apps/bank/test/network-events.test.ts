/** What the bank stores and shows of the network's events: delivered to its webhook, or pulled after it was down. */
import { readFile } from 'node:fs/promises';
import { EVENT_MIGRATION } from '@payment-passkeys/issuer/server';
import { refuse } from '@payment-passkeys/issuer/testing';
import { plainTextOf } from '@payment-passkeys/web/testing';
import { beforeEach, expect, test } from 'vitest';
import { BANK_MIGRATIONS, BANK_WEBHOOK_PATH } from '../src/index.ts';
import { NOW, useBank } from './bank.fixture.ts';

const fixture = useBank();
const ACCOUNTS = /5555555555554444|5105105105105100|avery@|5555550100/;
const PASSKEY = '/passkeys/of/passkey-1';
const IDS = { bindingId: 'own', credentialId: 'passkey-1' };
type Made = Parameters<typeof fixture.network.makeEvent>[0];

beforeEach(() => {
  const accounts = [{ primaryAccountNumber: '5555555555554444' }];
  fixture.network.holdBinding({ ...IDS, accounts, heldBy: { role: 'issuer', name: 'Larkmoor Bank' } });
});

const make = (event: Made) => fixture.network.makeEvent(event);
const approval = (): Made => ({
  type: 'payment.approved',
  data: {
    ...IDS,
    authenticationSessionId: '86bd4a91-0000-4000-8000-000000000001',
    merchantName: 'Tidewick',
    merchantOrigin: 'https://tidewick.example',
    amount: '18.00',
    currency: 'USD',
    panLastFour: '4444',
  },
});

async function deliver(event: ReturnType<typeof make>, changes: { readonly body?: string } = {}): Promise<number> {
  const delivery = fixture.network.buildDelivery(event);
  const answer = await fixture.bank.inject({
    method: 'POST',
    url: BANK_WEBHOOK_PATH,
    headers: Object.fromEntries(delivery.headers),
    payload: changes.body ?? (await delivery.text()),
  });
  return answer.statusCode;
}

test("the bank's migrations include the kit's tables for events, word for word", async () => {
  expect(await readFile(new URL('0009-payment-passkey-events.sql', BANK_MIGRATIONS), 'utf8')).toBe(EVENT_MIGRATION);
});

test('an approved payment is shown once, with merchant, amount, time and card, however often it is delivered', async () => {
  const browser = await fixture.signedIn();
  await browser.get('/');
  const event = make(approval());
  for (const _ of [1, 2]) expect(await deliver(event)).toBe(204);
  const text = plainTextOf(await browser.get(PASSKEY));
  expect(text.match(/Tidewick \$18\.00 November 24, 2026 at 10:00 AM UTC · •••• 4444/g)).toHaveLength(1);
  expect(text).toContain('Last payment November 24, 2026');
});

test('what the network did not sign changes nothing', async () => {
  const event = make(approval());
  expect(await deliver(event, { body: JSON.stringify({ ...event, id: 'evt_00000000000000000000' }) })).toBe(401);
  expect(plainTextOf(await (await fixture.signedIn()).get(PASSKEY))).toContain('We have not heard of a payment yet');
});

test('a block by the network is known when the network is away; older news do not undo it', async () => {
  const browser = await fixture.signedIn(await fixture.open());
  await browser.get('/');
  const reasonCode = 'FRAUD_SUSPECTED';
  const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000).toISOString();
  const data = { ...IDS, reasonCode } as const;
  const suspended = {
    type: 'binding.suspended',
    timestamp: at(2),
    data: { ...data, suspendedBy: ['NETWORK'] },
  } as const;
  expect(await deliver(make(suspended as Made))).toBe(204);
  expect(await deliver(make({ type: 'binding.resumed', timestamp: at(1), data: { ...data, suspendedBy: [] } }))).toBe(
    204,
  );
  fixture.network.answerWith('/authentication/bindings/searches', refuse('UNAVAILABLE'));
  const text = plainTextOf(await browser.get(PASSKEY));
  fixture.network.answerWith('/authentication/bindings/searches', undefined);
  expect(text).toContain('Blocked by the card network');
});

test.each([
  ['NETWORK', 'the card network deleted this passkey: Made at Larkmoor Bank'],
  ['CARDHOLDER', 'this passkey was deleted on the card network’s page: Made at Larkmoor Bank'],
] as const)(
  'a passkey that the %s deleted: the customer is told until they have read it',
  async (triggeredBy, words) => {
    const browser = await fixture.signedIn();
    await browser.get('/');
    fixture.network.changeBinding({ bindingId: 'own', action: 'DELETE', by: triggeredBy });
    const data = { credentialId: 'passkey-1', reasonCode: 'CARDHOLDER_REQUEST' } as const;
    const event = make({ type: 'passkey.deleted', triggeredBy, data });
    expect(await deliver(event)).toBe(204);
    const page = await browser.get('/');
    expect(plainTextOf(page)).toContain(words);
    expect((await browser.get(PASSKEY)).statusCode).toBe(404);
    await browser.submit(page, `/passkeys/notices/${event.id}`);
    expect(plainTextOf(await browser.get('/'))).not.toContain(words);
  },
);

test('events that came while the bank was down are read at the next start', async () => {
  await (await fixture.signedIn()).get('/');
  make(approval());
  const later = await fixture.open();
  const browser = await fixture.signedIn(later);
  await expect.poll(async () => plainTextOf(await browser.get(PASSKEY))).toContain('$18.00');
});

test('no table of the bank but its cards and customers, and no line of its log, holds an account', async () => {
  await (await fixture.signedIn()).get('/');
  await deliver(make(approval()));
  const { pool } = fixture.database;
  const { rows } = await pool.query("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'");
  for (const { table_name: table } of rows) {
    if (table === 'bank_card' || table === 'bank_customer') continue;
    const kept = await pool.query(`SELECT row_to_json(kept)::text AS row FROM "${table}" AS kept`);
    for (const { row } of kept.rows) expect(row, table).not.toMatch(ACCOUNTS);
  }
  expect(fixture.lines.join('')).not.toMatch(ACCOUNTS);
});
