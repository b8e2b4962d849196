/**
 * `paymentCpuVsCryptoFloor`: the processor time that a payment by the hosted page costs the network's processes, over the cryptography that
 * it needs at least.
 */

import { createSoftwareAuthenticator } from '@payment-passkeys/authenticator';
import { readRegistration, saveClient } from '@payment-passkeys/network';
import {
  buildPaymentInfo,
  buildTransaction,
  createTestBrowser,
  createTestClient,
  startPayment,
  TEST_MERCHANT,
  type TestAnswer,
  type TestBrowser,
  type TestClient,
} from '@payment-passkeys/testkit';
import pg from 'pg';
import { startTlsProxy } from '../../../packages/network/test/tls-proxy.ts';
import { type Plan, RUN_IN } from '../plan.ts';
import { CALLBACK_URI, PUBLIC_URL } from '../production.ts';
import type { Stage } from '../stage.ts';
import { ratios, spreadOf } from '../statistics.ts';
import { countWalOf } from './commits.ts';
import { createCryptoFloor } from './crypto-floor.ts';
import { countProcessorTime, IN_FLIGHT, type ProcessorTime, timeOfServer } from './load-cost.ts';
import { alternate, type Measurement, processorTimeOf } from './measurement.ts';

/** The write-ahead log is counted during payments one after the other. */
const [COUNTED_ROUNDS, COUNTED_PAYMENTS] = [3, 20];

const SHOP = 'https://shop.example';
const MERCHANT = { ...TEST_MERCHANT, callbackDomains: [new URL(SHOP).hostname], merchantOrigins: [SHOP] };

export async function measurePaymentCost(stage: Stage, plan: Plan): Promise<Measurement> {
  const floor = createCryptoFloor();
  const at = { address: '', publicUrl: PUBLIC_URL };
  const clock = () => new Date();
  const { clientId, consumerKey } = stage.client.registration;
  const issuer = await createTestClient(at, { clock, changes: { clientId, consumerKey } });
  const merchant = await createTestClient(at, { clock, changes: MERCHANT });
  const settings = await stage.createNetworkDatabase('payments', {
    fill: (url) => onboard(url, [issuer, merchant]),
  });
  const server = await stage.startNetwork(settings);
  const proxy = await startTlsProxy(server.address);
  at.address = proxy.address;
  const authenticator = createSoftwareAuthenticator();
  const browsers = Array.from({ length: IN_FLIGHT }, () => createTestBrowser(at, authenticator));
  const [first] = browsers;
  if (first === undefined) throw new Error('There is a browser.');
  await enrol(issuer, first);

  const pay = (each: number, by: readonly TestBrowser[]) =>
    Promise.all(by.map((browser) => payTimes(each, { merchant, browser, address: proxy.address })));
  const payments = async (count: number) => {
    const timeFor = countProcessorTime(stage, { servers: [server] });
    const each = Math.ceil(count / IN_FLIGHT);
    await pay(each, browsers);
    return timeFor(each * IN_FLIGHT);
  };
  await payments(plan.settled / 2);
  await processorTimeOf(plan.calls, floor.pay); // compiles the code before the measurement
  const samples = await alternate<'floor' | 'pay', ProcessorTime>(plan.rounds, {
    floor: async () => timeOfServer(await processorTimeOf(plan.calls, floor.pay)),
    pay: async () => {
      await payments(RUN_IN);
      return payments(plan.enrolments);
    },
  });
  const counts = await countWalOf(stage, COUNTED_ROUNDS, async () => {
    await pay(COUNTED_PAYMENTS, [first]);
    return COUNTED_PAYMENTS;
  });
  await proxy.stop();
  await server.stop();
  const paid = samples.pay.map((time) => time.server);
  const bare = samples.floor.map((time) => time.server);
  const [network, database] = [spreadOf(paid), spreadOf(samples.pay.map((time) => time.database))];
  const commits = spreadOf(counts.map(({ awaited }) => awaited));
  const kilobytes = spreadOf(counts.map(({ bytes }) => bytes / 1000));
  return {
    key: 'paymentCpuVsCryptoFloor',
    about: "processor time of the network's process for one payment by its page, over bare node:crypto",
    goal: { atMost: 3.8 },
    value: spreadOf(ratios(paid, bare)),
    sides: [
      { name: 'a payment is approved', unit: 'µs', spread: network },
      { name: 'bare node:crypto', unit: 'µs', spread: spreadOf(bare) },
      { name: 'PostgreSQL (not counted)', unit: 'µs', spread: database },
      { name: 'commits that are waited for', unit: 'fsyncs', spread: commits },
      { name: 'log; the lowest is without whole pages', unit: 'kB', spread: kilobytes },
    ],
    unit: {
      of: 'payment',
      network: network.median,
      database: database.median,
      commits: commits.median,
      logKilobytes: kilobytes.lowest,
    },
  };
}

async function onboard(databaseUrl: string, clients: readonly TestClient[]): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  for (const { registration } of clients)
    await saveClient(pool, readRegistration(registration), { author: { actor: { kind: 'NETWORK' } }, now: new Date() });
  await pool.end();
}

async function enrol(issuer: TestClient, browser: TestBrowser): Promise<void> {
  const { authenticationSessionId, uri } = taken(
    await issuer.startSession({ info: { callbackUri: CALLBACK_URI } }),
    201,
  );
  const offer = taken(await browser.open(uri), 200);
  const { redirect } = taken(await browser.result(browser.answer(offer)), 200);
  const proofOfAuthentication = new URL(redirect).searchParams.get('proofOfAuthentication') ?? '';
  taken(await issuer.bind({ authenticationSessionId, proofOfAuthentication }), 201);
}

async function payTimes(
  count: number,
  {
    merchant,
    browser,
    address,
  }: { readonly merchant: TestClient; readonly browser: TestBrowser; readonly address: string },
): Promise<void> {
  for (let payment = 0; payment < count; payment++) {
    const transaction = buildTransaction({ merchantOrigin: SHOP });
    const info = buildPaymentInfo({ transaction, callbackUri: `${SHOP}/payments/callback?state=abc` });
    const { uri } = taken(await startPayment(merchant, info), 201);
    const { pathname, search } = new URL(uri);
    await (await fetch(address + pathname + search)).text();
    const offer = taken(await browser.open(uri), 200);
    const { redirect } = taken(await browser.result(browser.answer(offer)), 200);
    if (new URL(redirect).searchParams.get('status') !== 'AUTHENTICATED')
      throw new Error('A payment was not approved.');
  }
}

/** Answers the body. Throws for a refusal, which is faster than a success and must not count. */
function taken({ status, body }: TestAnswer, expected: number): TestAnswer['body'] {
  if (status !== expected) throw new Error(`${status} ${JSON.stringify(body).slice(0, 200)}`);
  return body;
}
