/** A network with an issuer that takes part at shops, and a merchant: what every test of payments starts from. */
import {
  createVerifyingIssuer,
  startPayment,
  TEST_MERCHANT,
  type TestBrowser,
  type TestClient,
  type VerifyingIssuer,
} from '@payment-passkeys/testkit';
import { readRegistration } from '../src/clients/registration.ts';
import { saveClient } from '../src/clients/store.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';

export interface TestShop {
  readonly network: TestNetwork;
  readonly shop: TestClient;
  readonly issuer: VerifyingIssuer;
}

export async function startTestShop(env: Readonly<Record<string, string>> = {}): Promise<TestShop> {
  const network = await startTestNetwork(env);
  const clock = () => network.now;
  const issuer = await createVerifyingIssuer(network, { clientId: 'test-bank', clock });
  const registration = { ...network.client.registration, verification: issuer.verification };
  await saveClient(network.database.pool, readRegistration(registration), network.now);
  return { network, shop: await network.addClient(TEST_MERCHANT), issuer };
}

/** A cardholder with a passkey that the bank has bound to the card. */
export async function enrolAtBank(
  network: TestNetwork,
  browser: TestBrowser = network.browser(),
): Promise<TestBrowser> {
  const { session, proof } = await enrol(network, browser);
  const { authenticationSessionId } = session;
  const { status } = await network.client.bind({ authenticationSessionId, proofOfAuthentication: proof });
  if (status !== 201) throw new Error(`The bank could not bind: ${status}`);
  return browser;
}

/** One whole payment on the hosted page, up to the callback. */
export async function payOnPage({ shop }: TestShop, browser: TestBrowser, info?: unknown) {
  const started = await startPayment(shop, info);
  const opened = await browser.open(started.body.uri);
  const result = await browser.result(browser.answer(opened.body));
  return { session: started.body, opened: opened.body, result };
}
