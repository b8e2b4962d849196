/** A payment without leaving the shop (contract §10), where the shop's page is dishonest, or the card is blocked. */
import type { Page } from '@playwright/test';
import { addAuthenticator } from './authenticator.ts';
import { AS_DRILL } from './drills.ts';
import { button, expect, signIn, test } from './fixtures.ts';
import { haveCard } from './kept-state.ts';
import { addCard, CARD, expectPaymentShown, expectUnpaid, haveShopSession, pay, placeOrder } from './shop.ts';
import { type Answer, answerDialog, type Terms, watchAnswers } from './spc.ts';

/** The shop's page shows other data than the shop's server has confirmed: `lie` changes the data for the browser's dialog. */
const LIES: readonly (readonly [title: string, code: string, lie: string])[] = [
  ['another amount', 'PAYMENT_TOTAL_MISMATCH', "details.total.amount.value = '1.00'"],
  ['another currency', 'PAYMENT_TOTAL_MISMATCH', "details.total.amount.currency = 'EUR'"],
  ['another payee', 'PAYMENT_PAYEE_MISMATCH', "data.payeeName = 'A good cause'"],
  ['a payee origin beside the name', 'PAYMENT_PAYEE_MISMATCH', "data.payeeOrigin = 'https://shop.example'"],
  ['another instrument', 'PAYMENT_INSTRUMENT_MISMATCH', "data.instrument.displayName = '•••• 1111'"],
  ['a challenge of its own', 'PAYMENT_CHALLENGE_MISMATCH', 'data.challenge = new Uint8Array(32)'],
];

/** Adds lies to the page, by name. `tellLie` chooses one of them; without a choice the first is used. */
async function lieBy(page: Page, lies: Readonly<Record<string, string>>): Promise<void> {
  const table = Object.entries(lies).map(([title, lie]) => `${JSON.stringify(title)}: (data, details) => { ${lie} }`);
  await page.addInitScript(`{
    const lies = { ${table.join(',')} };
    const Real = window.PaymentRequest;
    window.PaymentRequest = class extends Real {
      constructor(methods, details) {
        (lies[window.lie] ?? Object.values(lies)[0])(methods[0].data, details);
        super(methods, details);
      }
    };
  }`);
}

async function tellLie(page: Page, title: string): Promise<void> {
  await page.evaluate(`window.lie = ${JSON.stringify(title)}`);
}

async function expectNothingApproved(demo: {
  readonly shopDatabase: { readonly pool: { query(text: string): Promise<{ rows: unknown[] }> } };
}) {
  const { rows } = await demo.shopDatabase.pool.query(
    'SELECT 1 FROM payment_passkey_payment WHERE proof_hash IS NOT NULL',
  );
  expect(rows).toEqual([]);
}

test('a merchant that shows something else than it says is refused, by a code of its own @at-length', async ({
  page,
  demo,
  authenticator,
}) => {
  test.slow();
  await haveCard(page, demo);
  await answerDialog(authenticator, 'autoAccept');
  await lieBy(page, Object.fromEntries(LIES.map(([title, , lie]) => [title, lie])));
  const answerTo = await watchAnswers(page);
  for (const [title, code] of AS_DRILL ? LIES : LIES.slice(0, 1)) {
    await test.step(`${title}: ${code}`, async () => {
      await placeOrder(page, demo);
      await tellLie(page, title);
      await pay(page, { way: 'here' });
      expect(await answerTo('/confirmation')).toMatchObject({ status: 'REFUSED', go: expect.stringContaining(code) });
      await expectPaymentShown(page, demo);
      await expectNothingApproved(demo);
    });
  }
});

test('a challenge of another payment is refused @drill', async ({ page, demo, authenticator }) => {
  await haveCard(page, demo);
  await answerDialog(authenticator, 'autoReject');
  const answerTo = await watchAnswers(page);
  await placeOrder(page, demo);
  await pay(page, { way: 'here' });
  const { challenge } = (await answerTo('/payment')).payment.securePaymentConfirmation;
  expect(await answerTo('/confirmation')).toMatchObject({ status: 'CANCELLED' });
  await expectUnpaid(page, demo, 'USER_CANCELLATION');
  await answerDialog(authenticator, 'autoAccept');
  await lieBy(page, {
    challenge: `data.challenge = Uint8Array.from(atob('${toBase64(challenge)}'), (c) => c.charCodeAt(0))`,
  });
  await placeOrder(page, demo);
  await pay(page, { way: 'here' });
  expect(await answerTo('/confirmation')).toMatchObject({
    status: 'REFUSED',
    go: expect.stringContaining('PAYMENT_CHALLENGE_MISMATCH'),
  });
  await expectNothingApproved(demo);
});

test('blocked by its bank: the shop offers no confirmation, and its number leads to the bank, as that of an unknown card @drill', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveCard(page, demo);
  await signIn(page, demo);
  await page.getByRole('link', { name: 'My phone was lost' }).click();
  await button(page, 'Block everything now').click();
  await expect(page.getByRole('heading', { level: 1, name: 'All your passkeys are blocked' })).toBeVisible();
  await answerDialog(authenticator, 'autoAccept');
  const answerTo = await watchAnswers(page);
  const answers: Answer[] = [];
  for (const card of [CARD, { number: '5105 1051 0510 5100', expires: '08/30' }]) {
    await placeOrder(page, demo);
    await pay(page, { way: 'here', card });
    answers.push(await answerTo('/payment'));
    await expect(page).toHaveURL((url) => url.origin === demo.networkUrl);
    await expect(button(page, 'Agree and continue')).toBeVisible();
  }
  const [blocked, unknown] = answers.map(({ payment }) => Object.keys(payment));
  expect([blocked, unknown]).toEqual([['redirect'], ['redirect']]);
  await expectNothingApproved(demo);
});

test('a confirmation that was given on another origin is refused @drill', async ({ page, demo, authenticator }) => {
  await haveCard(page, demo);
  await answerDialog(authenticator, 'autoAccept');
  // The shop's own script is disabled, so that the payment's terms can be used elsewhere.
  await lieBy(page, { refuse: "throw new Error('not here')" });
  await page.route(`${demo.networkUrl}/auth/passkeys?**`, (route) => route.abort());
  const answerTo = await watchAnswers(page);
  await placeOrder(page, demo);
  const payPage = page.url();
  await pay(page, { way: 'here' });
  const { payment, reportTo } = await answerTo('/payment');
  const elsewhere = await page.context().newPage();
  const twin = await addAuthenticator(elsewhere);
  await twin.syncFrom(authenticator);
  await answerDialog(twin, 'autoAccept');
  await elsewhere.route('http://elsewhere.localhost/', (route) =>
    route.fulfill({ contentType: 'text/html', body: 'Elsewhere' }),
  );
  await elsewhere.goto('http://elsewhere.localhost/');
  const credential = await elsewhere.evaluate(confirmInPage, payment.securePaymentConfirmation);
  await elsewhere.goto(payPage);
  const answer = await elsewhere.evaluate(reportInPage, { reportTo, credential });
  expect(answer).toMatchObject({ status: 'REFUSED', go: expect.stringContaining('PAYMENT_ORIGIN_MISMATCH') });
  await expectNothingApproved(demo);
});

test('a credential of another card’s passkey is refused @drill', async ({ page, demo, authenticator, browser }) => {
  const other = await (await browser.newContext()).newPage();
  const others = await addAuthenticator(other);
  await haveShopSession(other, demo);
  await addCard(other, demo, { number: '5105 1051 0510 5100', expires: CARD.expires.replace('12/', '08/') });
  await haveCard(page, demo);
  const [foreign = ''] = await others.credentialIds();
  await authenticator.syncFrom(others);
  await other.context().close();
  await answerDialog(authenticator, 'autoAccept');
  await lieBy(page, {
    credential: `data.credentialIds = [Uint8Array.from(atob('${foreign}'), (c) => c.charCodeAt(0))]`,
  });
  const answerTo = await watchAnswers(page);
  await placeOrder(page, demo);
  await page.getByLabel('4444').check();
  await pay(page, { way: 'here' });
  expect(await answerTo('/confirmation')).toMatchObject({
    status: 'REFUSED',
    go: expect.stringContaining('PAYMENT_CREDENTIAL_MISMATCH'),
  });
  await expectNothingApproved(demo);
});

function toBase64(base64Url: string): string {
  return base64Url.replace(/-/g, '+').replace(/_/g, '/');
}

/** Runs in the page; this project has no DOM types. */
function confirmInPage(terms: Terms) {
  const decode = (text: string) =>
    Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (character) => character.charCodeAt(0));
  const { challenge, credentialIds, total, ...rest } = terms;
  const data = { ...rest, challenge: decode(challenge), credentialIds: credentialIds.map(decode) };
  const { PaymentRequest } = globalThis as unknown as {
    PaymentRequest: new (
      methods: unknown,
      details: unknown,
    ) => { show(): Promise<{ details: { toJSON(): unknown }; complete(result: string): Promise<void> }> };
  };
  const request = new PaymentRequest([{ supportedMethods: 'secure-payment-confirmation', data }], {
    total: { label: 'Total', amount: total },
  });
  return request.show().then(async (response) => {
    const credential = response.details.toJSON();
    await response.complete('success');
    return credential;
  });
}

async function reportInPage({ reportTo, credential }: { readonly reportTo: string; readonly credential: unknown }) {
  const { document } = globalThis as unknown as {
    document: { querySelector(selector: string): { readonly value: string } };
  };
  const answer = await fetch(reportTo, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'csrf-token': document.querySelector('#pay [name=_csrf]').value },
    body: JSON.stringify({ outcome: 'ACCEPTED', credential }),
  });
  return answer.json();
}
