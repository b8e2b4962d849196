/** Runs the docs' examples for the time after an enrolment. scripts/included-code.mjs checks that the docs show the same code. */
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { hearEvents } from '../../examples/events.mjs';
import { blockCard, describePasskeys, replaceCard, unblockCard } from '../../examples/lost-phone.mjs';
import { type NetworkDouble, startNetworkDouble } from '../testing/index.ts';
import { createIssuer, createMemoryEnrolmentStore, createMemoryEventStore, type Issuer, ourNetwork } from './index.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const PAN = '5555555555554444';
const clock = () => NOW;
let network: NetworkDouble;
let issuer: Issuer;

beforeAll(async () => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  network = await startNetworkDouble({ clock });
  issuer = createIssuer({
    ...network.client,
    network: ourNetwork({ url: network.url, proof: { verify: 'ISSUER', audience: network.audience } }),
    callbackOrigins: ['https://bank.example'],
    store: createMemoryEnrolmentStore(),
    clock,
  });
});
afterAll(async () => {
  await issuer.close();
  await network.stop();
  vi.restoreAllMocks();
});

test('a lost phone and a replaced card', async () => {
  expect(await blockCard(issuer, PAN)).toBe(0);
  const { bindingId } = network.holdBinding({
    accounts: [{ primaryAccountNumber: PAN }],
    heldBy: { role: 'merchant', name: 'Tidewick' },
  });
  expect(await blockCard(issuer, PAN)).toBe(1);
  const shown = { where: 'Tidewick', lastUsedAt: undefined, synced: true };
  expect(await describePasskeys(issuer, PAN)).toEqual([{ ...shown, blocked: ['ISSUER'] }]);
  expect(await unblockCard(issuer, PAN)).toEqual([{ bindingId, status: 'ACTIVE', suspendedBy: [] }]);
  expect(await describePasskeys(issuer, PAN)).toEqual([{ ...shown, blocked: false }]);
  const to = { primaryAccountNumber: '5105105105105100', panExpirationMonth: '12', panExpirationYear: '2030' };
  expect(await replaceCard(issuer, PAN, to)).toBe(1);
});

test('a bank that hears events: by the webhook, and by the reader what it missed', async () => {
  const heard: unknown[][] = [];
  const note =
    (name: string) =>
    (...values: unknown[]) =>
      void heard.push([name, ...values]);
  const records = {
    noteBlocked: note('blocked'),
    noteDeleted: note('deleted'),
    notePasskeyDeleted: note('passkey'),
    notePayment: note('payment'),
  };
  const missed = network.makeEvent({
    type: 'passkey.deleted',
    data: { credentialId: 'credential-1', reasonCode: 'DEVICE_LOST' },
  });
  const app = Fastify();
  const end = new AbortController();
  const running = hearEvents(app, { issuer, store: createMemoryEventStore(), records, signal: end.signal });
  await vi.waitFor(() => expect(heard).toEqual([['passkey', 'credential-1']]));

  const event = network.makeEvent({
    type: 'binding.suspended',
    triggeredBy: 'MERCHANT',
    data: { bindingId: 'binding-1', credentialId: 'c', reasonCode: 'FRAUD_SUSPECTED', suspendedBy: ['MERCHANT'] },
  });
  for (const each of [missed, event]) {
    const delivery = network.buildDelivery(each);
    const headers = Object.fromEntries(delivery.headers);
    const url = '/payment-passkeys/events';
    const answer = await app.inject({ method: 'POST', url, headers, body: await delivery.text() });
    expect(answer.statusCode).toBe(204);
  }
  expect(heard).toEqual([
    ['passkey', 'credential-1'],
    ['blocked', 'binding-1', 'MERCHANT'],
  ]);
  end.abort();
  await running;
  await app.close();
});
