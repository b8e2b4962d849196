/** The setup of the tests of events at a bank: the kit against a network's double that signs. */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createTestTime } from '../../test/time.fixture.ts';
import { type EventToMake, type NetworkDouble, startNetworkDouble } from '../testing/index.ts';
import {
  createIssuer,
  createMemoryEnrolmentStore,
  createMemoryEventStore,
  type DeliveryReport,
  type EventEnvelope,
  type EventHandlers,
  type EventStore,
  type Issuer,
  ourNetwork,
} from './index.ts';

export const BANK = 'http://bank.localhost:4001';
export const ids = { bindingId: 'binding-1', credentialId: 'credential-1' };
export const SUSPENDED: EventToMake<'binding.suspended'> = {
  type: 'binding.suspended',
  triggeredBy: 'MERCHANT',
  data: { ...ids, reasonCode: 'FRAUD_SUSPECTED', suspendedBy: ['MERCHANT'] },
};

export const time = createTestTime(new Date('2026-11-24T10:00:00.000Z'));
export let network: NetworkDouble;
export let issuer: Issuer;
export let store: EventStore;
export let heard: EventEnvelope[];
export let reports: DeliveryReport[];

/** The handler that notes each event in {@link heard}. */
export const note = (event: EventEnvelope) => void heard.push(event);
export const webhookOn = (on: EventHandlers = { otherwise: note }, kept = store) =>
  issuer.events.webhook({ store: kept, on, onDelivery: (report) => void reports.push(report) });

/** Registers the hooks of a test file. They set {@link network} and {@link issuer} once, and the rest before each test. */
export function useEventsBank(): void {
  beforeAll(async () => {
    network = await startNetworkDouble({ clock: time.clock });
    issuer = createIssuer({
      ...network.client,
      network: ourNetwork({ url: network.url, proof: { verify: 'ISSUER', audience: network.audience } }),
      callbackOrigins: [BANK],
      store: createMemoryEnrolmentStore(),
      clock: time.clock,
      timers: time.timers,
    });
  });
  afterAll(async () => {
    await issuer.close();
    await network.stop();
  });
  beforeEach(() => {
    store = createMemoryEventStore();
    heard = [];
    reports = [];
  });
  afterEach(() => {
    network.forgetEvents(0);
    network.injectFaults();
  });
}
