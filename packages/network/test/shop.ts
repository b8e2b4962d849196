/** A network with an issuer that takes part at shops, and a merchant: the setup of every payment test. */
import { join } from 'node:path';
import { verifyProof } from '@payment-passkeys/channel';
import { type AccountReferences, passesLuhn } from '@payment-passkeys/protocol';
import {
  buildInstrumentInfo,
  buildPaymentInfo,
  buildTransaction,
  createVerifyingIssuer,
  startInstrument,
  startPayment,
  TEST_MERCHANT,
  type TestBrowser,
  type TestClient,
  type VerifyingIssuer,
} from '@payment-passkeys/testkit';
import { lookupIndexes } from '../src/domain/accounts/account-vault.ts';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { rotateKeys } from '../src/domain/keys/key-folder.ts';
import { publishedSigningKeys } from '../src/domain/keys/key-ring.ts';
import { bySetUp } from './by-set-up.ts';
import { proofOf, startTestNetwork, type TestNetwork } from './running-network.ts';

export interface TestShop {
  readonly network: TestNetwork;
  readonly shop: TestClient;
  readonly issuer: VerifyingIssuer;
  /** The network's index of a card. */
  indexesOf(pan: string): readonly Buffer[];
}

export async function startTestShop(
  env: Readonly<Record<string, string>> = {},
  options: Parameters<typeof startTestNetwork>[2] = {},
): Promise<TestShop> {
  const network = await startTestNetwork(env, undefined, options);
  const clock = () => network.now;
  const issuer = await createVerifyingIssuer(network, { clientId: 'test-bank', clock });
  const registration = { ...network.client.registration, verification: issuer.verification };
  await saveClient(network.database.pool, readRegistration(registration), bySetUp(network.now));
  return {
    network,
    shop: await network.addClient(TEST_MERCHANT),
    issuer,
    indexesOf: (pan) => lookupIndexes(cardOf(pan), network.running.network.keys.current().vault),
  };
}

let made = 0;

/** A number of the test range that no other test uses, so that tests can share a network without sharing a passkey. */
export function freshPan(range = '555555'): string {
  made += 1;
  const body = range + String(made).padStart(15 - range.length, '0');
  const check = Array.from('0123456789').find((digit) => passesLuhn(body + digit));
  return `${body}${check}`;
}

export function cardOf(pan: string): AccountReferences {
  return { cards: [{ primaryAccountNumber: pan, panExpirationMonth: '12', panExpirationYear: '2032' }] };
}

/** A payment by the number of a card. */
export const paymentOf = (pan: string, transaction = buildTransaction()) =>
  buildPaymentInfo({ accountReferences: cardOf(pan), transaction });

/** A payment by a saved card. */
export function paymentBy(bindingId: string) {
  const { accountReferences: _, ...info } = buildPaymentInfo({ transaction: buildTransaction() });
  return { ...info, bindingId };
}

/** A cardholder with a passkey that the bank has bound to the card and to the e-mail address that all tests use. */
export async function enrolAtBank(
  { network }: Pick<TestShop, 'network'>,
  pan: string,
  browser: TestBrowser = network.browser(),
): Promise<TestBrowser> {
  const accountReferences = { ...cardOf(pan), emailAddresses: ['avery@mail.example'] };
  const session = (await network.client.startSession({ info: { accountReferences } })).body;
  const opened = (await browser.open(session.uri)).body;
  const { redirect } = (await browser.result(browser.answer(opened))).body;
  const { status } = await network.client.bind({ ...handlesOf(session), proofOfAuthentication: proofOf(redirect) });
  if (status !== 201) throw new Error(`The bank could not bind: ${status}`);
  return browser;
}

/**
 * A cardholder saves a card at the shop: the issuer verifies the cardholder, the device's passkey is used or one is created, the shop binds
 * it.
 */
export async function addCardAtShop(at: TestShop, pan: string, browser: TestBrowser): Promise<string> {
  const { session, proof } = await verifyAtShop(at, pan, browser);
  return bindAtShop(at, { session, proof });
}

interface Enrolled {
  readonly session: { readonly authenticationSessionId: string };
  readonly proof: string;
}

/** Like {@link addCardAtShop}, but stops at the callback. */
export async function verifyAtShop(at: TestShop, pan: string, browser: TestBrowser): Promise<Enrolled> {
  const { body: session } = await startInstrument(at.shop, buildInstrumentInfo({ accountReferences: cardOf(pan) }));
  await browser.open(session.uri);
  const { claims } = await at.issuer.read((await browser.consent()).body.redirect);
  const { headers } = await browser.visit(await at.issuer.answer(claims.jti));
  const opened = await browser.open(new URL(headers.get('location') ?? '', at.network.publicUrl).href);
  const { redirect } = (await browser.result(browser.answer(opened.body))).body;
  return { session, proof: proofOf(redirect) };
}

/** Binds the passkey at the shop. Answers the binding's id. */
export async function bindAtShop({ shop }: Pick<TestShop, 'shop'>, { session, proof }: Enrolled): Promise<string> {
  const { status, body } = await shop.bind({ ...handlesOf(session), proofOfAuthentication: proof });
  if (status !== 201) throw new Error(`The shop could not bind: ${status}`);
  return body.bindingId;
}

/** Adds a new version of the account index key; answers the time from which it is in use. */
export async function makeAccountIndexKey(network: TestNetwork): Promise<Date> {
  const uses = ['account-index'] as const;
  const [made] = await rotateKeys({ folder: join(network.dataDir, 'keys'), mode: 'sandbox', now: network.now, uses });
  await network.running.network.keys.refresh();
  if (made === undefined) throw new Error('A key was made.');
  return made.activeFrom;
}

function handlesOf({ authenticationSessionId }: { readonly authenticationSessionId: string }) {
  return { authenticationSessionId };
}

/** Runs one whole payment on the hosted page, up to the callback. */
export async function payOnPage({ shop }: Pick<TestShop, 'shop'>, browser: TestBrowser, info: unknown) {
  const started = await startPayment(shop, info);
  if (started.status !== 201) throw new Error(`The payment was not started: ${started.status}`);
  const opened = await browser.open(started.body.uri);
  const result = await browser.result(browser.answer(opened.body));
  return { session: started.body, opened: opened.body, result };
}

/** The code of the first error of an answer. */
export function reason({ body }: { readonly body: { errordetail?: { reason: string }[] } }): string | undefined {
  return body.errordetail?.[0]?.reason;
}

/** Marks every passkey of the card as suspended, directly in the database. */
export async function suspendPasskeys({ network, indexesOf }: TestShop, pan: string): Promise<void> {
  await network.database.pool.query(
    `UPDATE passkey SET status = 'suspended' WHERE passkey_id IN
       (SELECT passkey_id FROM binding JOIN binding_account USING (binding_id) WHERE account_index = ANY ($1))`,
    [indexesOf(pan)],
  );
}

/** The claims of the proof on a callback, verified as in the merchant kit. */
export async function claimsOf({ network }: Pick<TestShop, 'network'>, redirect: string) {
  const { config, keys } = network.running.network;
  const verdict = await verifyProof({
    proof: proofOf(redirect),
    keys: publishedSigningKeys(keys.current(), network.now),
    issuer: config.publicUrl,
    audience: config.audience,
    now: network.now,
  });
  if (!verdict.ok) throw new Error(verdict.code);
  return verdict.claims;
}
