/** A session that becomes older, and events on demand (contract §19): by the client itself, and at the console. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createIssuer,
  createMemoryEnrolmentStore,
  createMemoryEventStore,
  type EventEnvelope,
  toNodeHandler,
} from '@payment-passkeys/issuer/server';
import { compileSchema, EVENT_DATA, EVENT_TYPES, type EventType, sessionPath } from '@payment-passkeys/protocol';
import { ageSessionPath, SANDBOX_EVENTS_PATH } from '@payment-passkeys/protocol/sandbox';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { bySetUp } from './by-set-up.ts';
import { joined, told, WITH_CONSOLE } from './console-browser.ts';
import { kitOptions, profileOf } from './kit-options.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
let operator: Awaited<ReturnType<typeof joined>>;
beforeAll(async () => {
  network = await startTestNetwork(WITH_CONSOLE);
  operator = await joined(network, 'OPERATOR');
});
afterAll(() => network.stop());

const post = (path: string, body: unknown, client = network.client) =>
  client.send({ path, body: JSON.stringify(body) });
const age = (sessionId: string, seconds: unknown) => post(ageSessionPath(sessionId), { seconds });

describe('an older session', () => {
  test('is over before it was opened', async () => {
    const { body: session } = await network.client.startSession();
    const { authenticationSessionId: id } = session;
    const aged = await age(id, 900);
    expect([aged.status, aged.body]).toEqual([
      200,
      { authenticationSessionId: id, createdAt: '2026-11-24T11:45:00.000Z', expiresAt: '2026-11-24T12:00:00.000Z' },
    ]);
    expect((await network.browser().open(session.uri)).status).toBe(401);
    expect((await network.client.read(sessionPath(id))).body.state).toBe('expired');
  });

  test('is not yet over a second before', async () => {
    const { body: session } = await network.client.startSession();
    await age(session.authenticationSessionId, 899);
    expect((await network.browser().open(session.uri)).status).toBe(200);
  });

  test('has an older proof, and another session has not', async () => {
    const [older, other] = [await enrol(network, network.browser()), await enrol(network, network.browser())];
    const aged = await age(older.session.authenticationSessionId, 960);
    expect(aged.body.proofExpiresAt).toBe('2026-11-24T11:59:00.000Z');
    const bind = async ({ session, proof }: typeof older) =>
      network.client.bind({
        authenticationSessionId: session.authenticationSessionId,
        proofOfAuthentication: proof,
      });
    const refused = await bind(older);
    expect([refused.status, refused.body.errordetail[0].reason]).toEqual([400, 'PROOF_EXPIRED']);
    expect((await bind(other)).status).toBe(201);
  });

  test('answers a repeated binding for a day', async () => {
    const { session, proof } = await enrol(network, network.browser());
    const { authenticationSessionId } = session;
    const bind = () => network.client.bind({ authenticationSessionId, proofOfAuthentication: proof });
    const statuses = [(await bind()).status];
    await age(authenticationSessionId, 24 * 60 * 60 - 1);
    statuses.push((await bind()).status);
    await age(authenticationSessionId, 1);
    statuses.push((await bind()).status);
    expect(statuses).toEqual([201, 200, 409]);
  });

  test('is one of the caller: another client’s is not found', async () => {
    const { body } = await network.client.startSession();
    const other = await network.addClient({
      clientId: 'other-bank',
      consumerKey: 'other-bank!key',
      accountRanges: ['411111'],
    });
    const answer = await post(ageSessionPath(body.authenticationSessionId), { seconds: 1 }, other);
    expect([answer.status, answer.body.errordetail[0].reason]).toEqual([404, 'SESSION_NOT_FOUND']);
  });

  test.each([[0], [-1], [1.5], ['960'], [172_801], [undefined]])('cannot become older by %s', async (seconds) => {
    const { body } = await network.client.startSession();
    const answer = await age(body.authenticationSessionId, seconds);
    expect([answer.status, answer.body.errordetail[0].source]).toEqual([400, '/seconds']);
  });

  test('at the console, of any client', async () => {
    const { body: session } = await network.client.startSession();
    const path = `/api/sandbox/sessions/${session.authenticationSessionId}/age`;
    expect((await operator.call('POST', path, { seconds: 900 })).status).toBe(200);
    expect((await network.browser().open(session.uri)).status).toBe(401);
    const unknown = await operator.call('POST', `/api/sandbox/sessions/${'A'.repeat(32)}/age`, { seconds: 900 });
    expect(told(unknown)).toEqual([404, 'SESSION_NOT_FOUND']);
  });
});

describe('an event', () => {
  test('of each type reaches the webhook of the caller, signed, and matches its schema', async () => {
    const { registration } = network.client;
    const heard = new Map<string, EventEnvelope>();
    const issuer = createIssuer({
      ...kitOptions(network),
      network: profileOf(network),
      callbackOrigins: ['http://bank.localhost:4001'],
      store: createMemoryEnrolmentStore(),
    });
    const hear = (event: EventEnvelope) => void heard.set(event.id, event);
    const webhook = issuer.events.webhook({
      store: createMemoryEventStore(),
      on: Object.fromEntries(EVENT_TYPES.map((type) => [type, hear])),
    });
    const server = createServer(toNodeHandler(webhook, { origin: 'http://bank.localhost:4001' }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const register = (webhooks: readonly unknown[]) =>
      saveClient(network.database.pool, readRegistration({ ...registration, webhooks }), bySetUp(network.now));
    await register([{ uri: `http://bank.localhost:${port}/events`, types: [...EVENT_TYPES] }]);

    const sent = new Map<string, EventType>();
    for (const type of EVENT_TYPES) {
      const { status, body } = await post(SANDBOX_EVENTS_PATH, { type });
      expect(status).toBe(201);
      sent.set(body.eventId, type);
    }
    // The sessions of the other tests have events too.
    const hasAll = () => expect([...heard.keys()]).toEqual(expect.arrayContaining([...sent.keys()]));
    await vi.waitFor(hasAll, { timeout: 60_000 });
    for (const [id, sentType] of sent) {
      const { type, data } = heard.get(id) ?? {};
      expect(type).toBe(sentType);
      expect([type, compileSchema(EVENT_DATA[sentType]).violations(data)]).toEqual([type, []]);
    }
    await register([]);
    await issuer.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each([['webhook.test'], ['binding.lost'], [undefined]])('of the type %s is refused', async (type) => {
    const answer = await post(SANDBOX_EVENTS_PATH, { type });
    expect([answer.status, answer.body.errordetail[0].source]).toEqual([400, '/type']);
  });

  test('is sent to any client at the console', async () => {
    const { clientId } = network.client.registration;
    const { status, body } = await operator.call('POST', '/api/sandbox/events', { clientId, type: 'binding.deleted' });
    expect(status).toBe(201);
    const { events } = (await network.client.read('/authentication/events?limit=500')).body;
    expect(events).toContainEqual(
      expect.objectContaining({ id: body.eventId, type: 'binding.deleted', triggeredBy: 'NETWORK' }),
    );
    const unknown = await operator.call('POST', '/api/sandbox/events', { clientId: 'nobody', type: 'binding.deleted' });
    expect(told(unknown)).toEqual([404, 'CLIENT_NOT_FOUND']);
  });

  test('is not for a caller that does not sign', async () => {
    const answer = await network.client.send({ path: SANDBOX_EVENTS_PATH, body: '{}', authorization: undefined });
    expect(answer.status).toBe(401);
  });
});
