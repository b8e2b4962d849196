/** A customer's passkeys after the enrolment: what the pages show; block, unblock, remove, report a lost phone, order a new card. */
import { refuse } from '@payment-passkeys/issuer/testing';
import { type Browser, headingOf, openBrowser, plainTextOf } from '@payment-passkeys/web/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { NOW, useBank } from './bank.fixture.ts';

const fixture = useBank();
const CARD = { primaryAccountNumber: '5555555555554444' };
const OTHER_CARD = { primaryAccountNumber: '5105105105105100' };
const PASSKEY = '/passkeys/of/passkey-1';
const SEARCHES = '/authentication/bindings/searches';
const UPDATES = '/authentication/bindings/statusupdates';

/** A binding of passkey-1 at the network: the bank's own, or a shop's. */
function hold(bindingId: string, more: Partial<Parameters<typeof fixture.network.holdBinding>[0]> = {}): void {
  fixture.network.holdBinding({ bindingId, credentialId: 'passkey-1', accounts: [CARD], ...more });
}
const ofShop = (name: string) => ({ heldBy: { role: 'merchant', name }, panLastFour: '4444' }) as const;
const held = (bindingId: string) => fixture.network.heldBindings.find((each) => each.bindingId === bindingId);

/** Submits the page that asks for confirmation. Answers the page with the result. */
async function act(browser: Browser, path: string) {
  const [action = ''] = path.split('?');
  const answer = await browser.submit(await browser.get(path), action);
  expect(answer.statusCode).toBe(303);
  return browser.get(String(answer.headers.location));
}

/** A browser at a new bank. After failures a bank's kit pauses, and would still pause in the other tests, which begin at an earlier time. */
const freshBrowser = async () => fixture.signedIn(await fixture.open());
const later = () => fixture.later(120);

beforeEach(async () => {
  hold('own', { accounts: [CARD, OTHER_CARD], heldBy: { role: 'issuer', name: 'Larkmoor Bank' } });
  hold('at-tidewick', { ...ofShop('Tidewick'), lastUsedAt: NOW.toISOString() });
  const { pool } = fixture.database;
  await pool.query(`UPDATE bank_card SET pan = CASE position WHEN 1 THEN '5555555555554444' ELSE '5105105105105100' END,
    replaced_pan = NULL, former_last_fours = '{}', expiration_year = '2030'`);
});

describe('a passkey', () => {
  test('shows where it works, since when, with which cards, how it is kept, and on which devices', async () => {
    const devices = [{ appInstanceId: 'a', firstUsedAt: NOW.toISOString(), lastUsedAt: NOW.toISOString() }];
    hold('at-tidewick', { ...ofShop('Tidewick'), lastUsedAt: NOW.toISOString(), devices });
    const browser = await fixture.signedIn();
    expect(plainTextOf(await browser.get('/'))).toContain('Made at Larkmoor Bank');
    const text = plainTextOf(await browser.get(PASSKEY));
    expect(text).toContain('Any shop, when you enter your card number •••• 4444 , •••• 5100');
    expect(text).toMatch(/Tidewick •••• 4444 Since November 24, 2026 · Last payment November 24, 2026 +Block +Remove/);
    expect(text).toContain('Your password manager copies it');
    expect(text).toContain('First used November 24, 2026 , last used November 24, 2026');
  });

  test('that another customer has is not found, and not blocked', async () => {
    await fixture.database.pool.query(
      `INSERT INTO bank_customer SELECT gen_random_uuid(), 'lee', password_hash, 'Lee', email_address, mobile_country_code, mobile_number
       FROM bank_customer WHERE username = 'avery' ON CONFLICT DO NOTHING`,
    );
    await (await fixture.signedIn()).get('/');
    const other = openBrowser(fixture.bank);
    await other.signIn('lee', 'passkey-demo');
    const page = await other.get('/passkeys/lost');
    expect((await other.get(PASSKEY)).statusCode).toBe(404);
    const [, token = ''] = /name="_csrf" value="([^"]*)"/.exec(page.body) ?? [];
    for (const fields of [{}, { binding: 'own' }]) {
      expect((await other.post(`${PASSKEY}/block`, { _csrf: token, ...fields })).statusCode).toBe(404);
    }
    expect(held('own')?.status).toBe('ACTIVE');
  });

  test('whoever is signed out signs in, and comes back', async () => {
    const visitor = openBrowser(fixture.bank);
    for (const path of [PASSKEY, '/passkeys/lost']) {
      expect((await visitor.get(path)).headers.location).toBe(`/sign-in?next=${encodeURIComponent(path)}`);
      const signIn = await visitor.get(`/sign-in?next=${encodeURIComponent(path)}`);
      expect(signIn.body).toContain(`value="${path}"`);
    }
  });
});

describe('at one place', () => {
  test('block, unblock, remove: each is asked once more, told to the network, and shown', async () => {
    const browser = await fixture.signedIn();
    await browser.get('/');
    const place = '?binding=at-tidewick';
    expect(headingOf(await act(browser, `${PASSKEY}/block${place}`))).toBe('The passkey is blocked');
    expect(held('at-tidewick')?.suspendedBy).toEqual(['ISSUER']);
    expect(held('own')?.suspendedBy).toEqual([]);
    expect(plainTextOf(await browser.get('/'))).toContain('Partly blocked');
    const shown = plainTextOf(await browser.get(PASSKEY));
    expect(shown).toMatch(/Tidewick •••• 4444 .* Blocked here at the bank Unblock/);

    expect(headingOf(await act(browser, `${PASSKEY}/unblock${place}`))).toBe('The passkey is unblocked');
    expect(held('at-tidewick')?.status).toBe('ACTIVE');
    expect(headingOf(await act(browser, `${PASSKEY}/remove${place}`))).toBe('The passkey is removed');
    expect(held('at-tidewick')?.status).toBe('DELETED');
    expect(plainTextOf(await browser.get(PASSKEY))).not.toContain('Tidewick');
  });

  test('a shop’s passkey that the bank has not activated: it is asked for, confirmed, and told to the network', async () => {
    hold('at-lumen', { ...ofShop('Lumen Books'), status: 'PENDING_ACTIVATION' });
    const browser = await fixture.signedIn();
    expect(plainTextOf(await browser.get('/'))).toContain('Confirm it');
    const shown = async () => plainTextOf(await browser.get(PASSKEY));
    expect(await shown()).toMatch(/Lumen Books .* Please confirm that it was you\. Confirm Block Remove/);
    await act(browser, `${PASSKEY}/block?binding=at-lumen`);
    expect(await shown()).toMatch(
      /Lumen Books .* Please confirm that it was you\. Blocked here at the bank Confirm Unblock/,
    );
    await act(browser, `${PASSKEY}/unblock?binding=at-lumen`);
    expect(held('at-lumen')?.status).toBe('PENDING_ACTIVATION');
    expect(headingOf(await act(browser, `${PASSKEY}/confirm?binding=at-lumen`))).toBe('The passkey is confirmed');
    expect(held('at-lumen')?.status).toBe('ACTIVE');
    expect(await shown()).not.toContain('Please confirm');
  });

  test('unblocking says that somebody else has blocked it too, and leaves their word', async () => {
    fixture.network.changeBinding({ bindingId: 'at-tidewick', action: 'SUSPEND', by: 'NETWORK' });
    const browser = await fixture.signedIn();
    await browser.get('/');
    await act(browser, `${PASSKEY}/block?binding=at-tidewick`);
    const question = await browser.get(`${PASSKEY}/unblock?binding=at-tidewick`);
    expect(plainTextOf(question)).toContain('Somebody else has blocked it too');
    await act(browser, `${PASSKEY}/unblock?binding=at-tidewick`);
    expect(held('at-tidewick')?.suspendedBy).toEqual(['NETWORK']);
    expect(plainTextOf(await browser.get(PASSKEY))).toContain('Blocked by the card network');
  });
});

test('everywhere: every binding of the passkey, and no other passkey', async () => {
  hold('elsewhere', { ...ofShop('Tidewick'), credentialId: 'passkey-2' });
  const browser = await fixture.signedIn();
  await browser.get('/');
  await act(browser, `${PASSKEY}/block`);
  expect([held('own'), held('at-tidewick'), held('elsewhere')].map((each) => each?.status)).toEqual([
    'SUSPENDED',
    'SUSPENDED',
    'ACTIVE',
  ]);
  await act(browser, `${PASSKEY}/remove`);
  expect((await browser.get(PASSKEY)).statusCode).toBe(404);
});

test('a lost phone: one call for each card, DEVICE_LOST; the page says what it means at shops and whom to call', async () => {
  hold('elsewhere', {
    ...ofShop('Corner Books'),
    credentialId: 'passkey-2',
    accounts: [OTHER_CARD],
    panLastFour: '5100',
  });
  const browser = await fixture.signedIn();
  await browser.get('/');
  const calls = fixture.network.calls.length;
  const page = await act(browser, '/passkeys/lost');
  expect(headingOf(page)).toBe('All your passkeys are blocked');
  const text = plainTextOf(page);
  for (const words of ['Tidewick', 'Corner Books', 'The number is on the back of your card'])
    expect(text).toContain(words);
  const updates = fixture.network.calls.slice(calls).filter(({ path }) => path === UPDATES);
  expect(updates.map(({ body }) => JSON.parse(body).reasonCode)).toEqual(['DEVICE_LOST', 'DEVICE_LOST']);
  expect([held('own'), held('at-tidewick'), held('elsewhere')].every((each) => each?.status === 'SUSPENDED')).toBe(
    true,
  );
});

describe('the network is away', () => {
  const away = () => {
    for (const path of [SEARCHES, UPDATES]) fixture.network.answerWith(path, refuse('UNAVAILABLE'));
  };
  const back = () => {
    for (const path of [SEARCHES, UPDATES]) fixture.network.answerWith(path, undefined);
    later(); // past the kit's pause after failures, and the bank's own
  };

  test('the page shows what the bank knows, and says that it could not ask', async () => {
    const browser = await freshBrowser();
    await browser.get('/');
    away();
    later();
    const text = plainTextOf(await browser.get(PASSKEY));
    back();
    expect(text).toContain('Tidewick');
    expect(text).toContain('This is what we knew on November 24, 2026 at 10:00 AM UTC');
    expect(plainTextOf(await browser.get(PASSKEY))).not.toContain('This is what we knew');
  });

  test('a block is not shown as done, is not lost, and is told as soon as the network is back', async () => {
    const browser = await freshBrowser();
    await browser.get('/');
    away();
    const answer = await browser.submit(await browser.get('/passkeys/lost'), '/passkeys/lost');
    const order = String(answer.headers.location);
    const waiting = await browser.get(order);
    expect(headingOf(waiting)).toBe('The card network has not confirmed it yet');
    expect(plainTextOf(waiting)).toContain('payments may still be approved');
    expect(plainTextOf(await browser.get(PASSKEY))).toContain('Not confirmed yet');
    back();
    await browser.get('/'); // before any page of the customer, the bank repeats the request to the network
    expect(headingOf(await browser.get(order))).toBe('All your passkeys are blocked');
    expect(held('own')?.suspendedBy).toEqual(['ISSUER']);
  });

  test('orders are told in the order in which they were given', async () => {
    const browser = await freshBrowser();
    await browser.get('/');
    away();
    await act(browser, `${PASSKEY}/block?binding=own`);
    await act(browser, `${PASSKEY}/unblock?binding=own`);
    back();
    const calls = fixture.network.calls.length;
    await browser.get('/');
    const told = fixture.network.calls.slice(calls).filter(({ path }) => path === UPDATES);
    expect(told.map(({ body }) => JSON.parse(body).action)).toEqual(['SUSPEND', 'RESUME']);
    expect(held('own')?.status).toBe('ACTIVE');
  });

  test('another bank process, started later, tells the network without a customer; two tell it once', async () => {
    const browser = await freshBrowser();
    await browser.get('/');
    away();
    await act(browser, `${PASSKEY}/block?binding=at-tidewick`);
    back();
    const calls = fixture.network.calls.length;
    const banks = await Promise.all([fixture.open(), fixture.open()]);
    await Promise.all(banks.map((bank) => bank.ready()));
    await expect.poll(() => held('at-tidewick')?.status).toBe('SUSPENDED');
    expect(fixture.network.calls.slice(calls).filter(({ path }) => path === UPDATES)).toHaveLength(1);
  });

  test('a call that the network refuses is not tried again, and the page says so', async () => {
    const browser = await freshBrowser();
    await browser.get('/');
    fixture.network.answerWith(UPDATES, refuse('INVALID_FIELD'));
    const page = await act(browser, `${PASSKEY}/block?binding=own`);
    fixture.network.answerWith(UPDATES, undefined);
    expect(headingOf(page)).toBe('That could not be done');
    later();
    await browser.get('/');
    expect(held('own')?.status).toBe('ACTIVE');
  });

  test('a page does not wait for a network that does not answer; what it began goes on', async () => {
    const impatient = await fixture.open({ wait: () => Promise.resolve() });
    const browser = await fixture.signedIn(impatient);
    expect(plainTextOf(await browser.get('/'))).toContain('We could not ask the card network just now');
    await expect.poll(async () => (await fixture.database.pool.query('SELECT FROM bank_binding')).rowCount).toBe(2);
  });
});

describe('a new card', () => {
  test('has a number of the same range; passkeys stay, at the network and on the pages', async () => {
    const browser = await fixture.signedIn();
    await browser.get('/');
    const page = await act(browser, '/cards/1/replace');
    expect(headingOf(page)).toBe('Your new card is on its way');
    const { rows } = await fixture.database.pool.query('SELECT pan, replaced_pan FROM bank_card WHERE position = 1');
    const { pan } = rows[0];
    expect(pan).toMatch(/^55555555[0-9]{8}$/);
    expect(rows).toEqual([{ pan, replaced_pan: null }]);
    expect(plainTextOf(page)).toContain(pan.replace(/(....)(?=.)/g, '$1 '));
    expect(held('at-tidewick')).toMatchObject({ status: 'ACTIVE', panLastFour: pan.slice(-4) });
    const text = plainTextOf(await browser.get(PASSKEY));
    expect(text).toContain(`Tidewick •••• ${pan.slice(-4)}`);
    expect(text).not.toContain('•••• 4444');
  });

  test('that the network does not know of yet: passkeys work with the old number, and a block reaches it', async () => {
    const browser = await freshBrowser();
    await browser.get('/');
    fixture.network.answerWith('/authentication/accounts/replacements', refuse('UNAVAILABLE'));
    const page = await act(browser, '/cards/1/replace');
    expect(headingOf(page)).toBe('The card network has not confirmed it yet');
    expect(plainTextOf(await browser.get('/'))).toContain('New number not confirmed yet');
    await act(browser, '/passkeys/lost');
    fixture.network.answerWith('/authentication/accounts/replacements', undefined);
    later();
    await browser.get('/');
    expect(held('own')?.status).toBe('SUSPENDED');
    expect(held('at-tidewick')?.status).toBe('SUSPENDED');
    expect(plainTextOf(await browser.get('/'))).not.toContain('New number not confirmed yet');
  });

  test('that the network refuses: a block reaches the old number, and is not called done before', async () => {
    const browser = await freshBrowser();
    await browser.get('/');
    fixture.network.answerWith('/authentication/accounts/replacements', refuse('INVALID_FIELD'));
    const page = await act(browser, '/cards/1/replace');
    fixture.network.answerWith('/authentication/accounts/replacements', undefined);
    expect(headingOf(page)).toBe('That could not be done');
    expect(plainTextOf(await browser.get('/'))).toContain('New number not confirmed yet');
    await act(browser, '/passkeys/lost');
    expect(held('own')?.status).toBe('SUSPENDED');
    expect(held('at-tidewick')?.status).toBe('SUSPENDED');
  });

  test('a second click orders no second card; without the demonstration there is no such page', async () => {
    const browser = await fixture.signedIn();
    const question = await browser.get('/cards/1/replace');
    await browser.submit(question, '/cards/1/replace');
    const again = await browser.submit(question, '/cards/1/replace');
    expect(again.headers.location).toBe('/');
    const real = await fixture.open({ demo: false });
    expect((await (await fixture.signedIn(real)).get('/cards/1/replace')).statusCode).toBe(404);
  });
});
