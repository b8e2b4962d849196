/** Cards at shops during a rotation of the account index key: a binding's index is made with the key of its accounts. */
import {
  buildPaymentInfo,
  buildTransaction,
  startPayment,
  type TestAnswer,
  type TestBrowser,
} from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addCardAtShop,
  bindAtShop,
  cardOf,
  enrolAtBank,
  freshPan,
  makeAccountIndexKey,
  startTestShop,
  type TestShop,
  verifyAtShop,
} from './shop.ts';

let at: TestShop;
beforeAll(async () => {
  at = await startTestShop();
});
afterAll(() => at.network.stop());

const pool = () => at.network.database.pool;

/** Sets the clock right before a new version is in use. The answered function sets it to that moment. */
async function shortBeforeRotation(): Promise<() => void> {
  const activeFrom = await makeAccountIndexKey(at.network);
  at.network.now = new Date(activeFrom.getTime() - 1000);
  return () => {
    at.network.now = activeFrom;
  };
}

function payWith(bindingId: string): Promise<TestAnswer> {
  const { callbackUri, locale } = buildPaymentInfo();
  return startPayment(at.shop, { bindingId, transaction: buildTransaction(), callbackUri, locale });
}

/** Asserts that a payment by the binding is approved. */
async function expectPayable(bindingId: string, browser: TestBrowser): Promise<void> {
  const { body } = await payWith(bindingId);
  expect(body.nextStep).toBe('AUTHENTICATE');
  const opened = await browser.open(body.uri);
  expect((await browser.result(browser.answer(opened.body))).body.redirect).toMatch(/status=AUTHENTICATED/);
}

/** Asserts that binding, accounts and key version agree. */
async function expectOneVersion(bindingId: string): Promise<void> {
  const { rows } = await pool().query(
    `SELECT card_index = account_index AS same, key_version FROM binding JOIN binding_account USING (binding_id)
     WHERE binding_id = $1 AND kind = 'CARD'`,
    [bindingId],
  );
  const [inUse] = at.network.running.network.keys.current().vault.index;
  expect(rows).toEqual([{ same: true, key_version: inUse?.version }]);
}

test('a card that was added across a rotation is paid with by its binding, and its Authenticators call is repeated', async () => {
  const [pan, browser] = [freshPan(), at.network.browser()];
  const cross = await shortBeforeRotation();
  const enrolled = await verifyAtShop(at, pan, browser);
  cross();
  const bindingId = await bindAtShop(at, enrolled);
  await expectOneVersion(bindingId);
  const { authenticationSessionId } = enrolled.session;
  const again = await at.shop.bind({ authenticationSessionId, proofOfAuthentication: enrolled.proof });
  expect([again.status, again.body.bindingId]).toEqual([200, bindingId]);
  await expectPayable(bindingId, browser);
});

test('a card that the passkey is bound to already keeps its binding across a rotation', async () => {
  const [pan, browser] = [freshPan(), at.network.browser()];
  const bindingId = await addCardAtShop(at, pan, browser);
  const cross = await shortBeforeRotation();
  const enrolled = await verifyAtShop(at, pan, browser);
  cross();
  expect(await bindAtShop(at, enrolled)).toBe(bindingId);
  await expectOneVersion(bindingId);
  await expectPayable(bindingId, browser);
});

test('a passkey that is made on the way to a payment, across a rotation', async () => {
  const [pan, browser] = [freshPan(), at.network.browser()];
  const cross = await shortBeforeRotation();
  const { body } = await startPayment(at.shop, buildPaymentInfo({ accountReferences: cardOf(pan) }));
  expect(body.nextStep).toBe('REGISTER');
  await browser.open(body.uri);
  const { claims } = await at.issuer.read((await browser.consent()).body.redirect);
  const { headers } = await browser.visit(await at.issuer.answer(claims.jti));
  const offer = await browser.open(new URL(headers.get('location') ?? '', at.network.publicUrl).href);
  cross();
  expect((await browser.result(browser.answer(offer.body))).body).toEqual({ reopen: true });
  const pay = await browser.open(body.uri);
  const { redirect } = (await browser.result(browser.answer(pay.body))).body;
  await expectBound(redirect, browser);
});

test('the first payment with a card that the bank has bound, across a rotation', async () => {
  const [pan, browser] = [freshPan(), at.network.browser()];
  await enrolAtBank(at, pan, browser);
  const cross = await shortBeforeRotation();
  const { body } = await startPayment(at.shop, buildPaymentInfo({ accountReferences: cardOf(pan) }));
  const opened = await browser.open(body.uri);
  cross();
  const { redirect } = (await browser.result(browser.answer(opened.body))).body;
  await expectBound(redirect, browser);
});

/** Asserts that the payment was approved, by a binding that can be paid with. */
async function expectBound(redirect: string, browser: TestBrowser): Promise<void> {
  const proof = new URL(redirect).searchParams.get('proofOfAuthentication') ?? '';
  const { bindingId } = JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString());
  await expectOneVersion(bindingId);
  await expectPayable(bindingId, browser);
}

test('what an older program bound across a rotation, its index by the older key, is paid with all the same', async () => {
  const [pan, browser] = [freshPan(), at.network.browser()];
  at.network.now = await makeAccountIndexKey(at.network);
  const bindingId = await addCardAtShop(at, pan, browser);
  const [, older] = at.indexesOf(pan);
  await pool().query('UPDATE binding SET card_index = $1 WHERE binding_id = $2', [older, bindingId]);
  await expectPayable(bindingId, browser);
});
