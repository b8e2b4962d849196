/** Clients and approvals through the console's API (contract §18): who may do what, and what waits for a second operator. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createIssuer, createMemoryEnrolmentStore, createMemoryEventStore } from '@payment-passkeys/issuer/server';
import { addSeconds, MERCHANTS_PATH, TEST_EVENT } from '@payment-passkeys/protocol';
import type { OperatorRole } from '@payment-passkeys/protocol/console';
import { TEST_MERCHANT } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { findClient, resumeClient, saveClient } from '../src/domain/clients/store.ts';
import { createCourier } from '../src/process/courier.ts';
import { bySetUp } from './by-set-up.ts';
import { createConsoleBrowser, joined, WITH_CONSOLE } from './console-browser.ts';
import { kitOptions, profileOf } from './kit-options.ts';
import { makePem } from './pem.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

const NEXT_PEM = makePem();
let network: TestNetwork;
type TestOperator = Awaited<ReturnType<typeof joined>>;
let anna: TestOperator;
let ben: TestOperator;

beforeAll(async () => {
  // Switches off the network's own courier: only the test's courier delivers.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  network = await startTestNetwork({ ...WITH_CONSOLE, CONSOLE_APPROVALS: 'on' });
  vi.useRealTimers();
  [anna, ben] = [await joined(network, 'OPERATOR', 'Anna'), await joined(network, 'OPERATOR', 'Ben')];
});
afterAll(() => network.stop());

const pool = () => network.database.pool;
const registration = () => network.client.registration;
const id = () => registration().clientId;
const AT = '/api/clients';

beforeEach(async () => {
  await saveClient(pool(), readRegistration(registration()), bySetUp(network.now));
  await resumeClient(pool(), id(), bySetUp(network.now));
});

const version = async () => (await findClient(pool(), id()))?.version ?? 0;
const put = async (by: Caller, changes: object) =>
  by.call('PUT', `${AT}/${id()}`, { registration: { ...registration(), ...changes }, version: await version() });
type Caller = Pick<TestOperator, 'call'>;
const errorOf = ({
  status,
  body,
}: {
  status: number;
  body: { errordetail?: { reason: string; source: string }[] };
}) => ({
  status,
  reason: body.errordetail?.[0]?.reason,
  source: body.errordetail?.[0]?.source,
});

test('SUPPORT and ADMINISTRATOR see names, OPERATOR and AUDITOR what stands behind them', async () => {
  const of = async (role: OperatorRole) => {
    const { body } = await (await joined(network, role)).call('GET', AT);
    return Object.keys(body.items.find(({ clientId }: { clientId: string }) => clientId === id()));
  };
  const names = ['clientId', 'name', 'role', 'state'];
  for (const role of ['SUPPORT', 'ADMINISTRATOR'] as const) expect(await of(role)).toEqual(names);
  for (const role of ['OPERATOR', 'AUDITOR'] as const)
    expect(await of(role)).toEqual([...names, 'version', 'waiting', 'dead', 'webhooksOff']);
});

test('the merchants of a provider are listed page by page, for OPERATOR and AUDITOR; another client has none', async () => {
  const provider = await network.addClient({
    ...TEST_MERCHANT,
    ...{ clientId: 'paging', consumerKey: 'paging!key', provider: true, merchantNames: [] },
  });
  const books = { name: 'Corner Books', origin: 'https://books.example', country: 'US', category: '5942', frame: true };
  const { body: first } = await provider.send({ path: MERCHANTS_PATH, body: JSON.stringify(books) });
  await pool().query(
    `INSERT INTO merchant (client_id, merchant_id, name, origin, country, category, frame)
     SELECT 'paging', 'x' || lpad(n::text, 21, '0'), 'Shop', 'https://shop-' || n || '.example', 'US', '5999', false
     FROM generate_series(1, 50) AS n`,
  );
  const merchants = `${AT}/paging/merchants`;
  const page = (await anna.call('GET', merchants)).body;
  expect(page.items).toHaveLength(50);
  expect((await (await joined(network, 'AUDITOR')).call('GET', merchants)).body).toEqual(page);
  const rest = (await anna.call('GET', `${merchants}?cursor=${encodeURIComponent(page.next)}`)).body;
  expect([rest.items.length, rest.next]).toEqual([1, undefined]);
  const all: { readonly merchantId: string }[] = [...page.items, ...rest.items];
  expect(new Set(all.map(({ merchantId }) => merchantId)).size).toBe(51);
  expect(all).toContainEqual({ ...books, merchantId: first.merchantId });
  expect((await anna.call('GET', `${AT}/${id()}/merchants`)).body).toEqual({ items: [] });
  expect(errorOf(await anna.call('GET', `${AT}/nobody/merchants`))).toMatchObject({ reason: 'CLIENT_NOT_FOUND' });
});

describe('the form', () => {
  const check = async (changes: object) =>
    (await anna.call('POST', `${AT}/check`, { registration: { ...registration(), ...changes } })).body;

  test('shows the keys, the difference and what waits', async () => {
    const answer = await check({ signingKey: NEXT_PEM, name: 'Other Bank' });
    expect(answer).toMatchObject({ problems: [], version: await version(), waitsFor: ['signingKeys'] });
    expect(answer.keys).toEqual([
      { pointer: '/signingKey', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/), algorithm: 'RSA', bits: 2048 },
    ]);
    const differences: { field: string; after: string[] }[] = answer.differences;
    expect(differences.map(({ field }) => field)).toEqual(['name', 'signingKeys']);
    expect(differences[1]?.after).toEqual([`SHA-256 ${answer.keys[0].fingerprint}`]);
  });

  test('names every problem by its pointer, and shows the keys all the same', async () => {
    const { problems, keys } = await check({ accountRanges: ['5'], webhooks: [{ uri: 'x', types: [] }] });
    expect(problems.map(({ pointer }: { pointer: string }) => pointer)).toEqual(
      expect.arrayContaining(['/accountRanges/0', '/webhooks/0/uri']),
    );
    expect(keys).toHaveLength(1);
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'text'],
    ['an id with NUL', { clientId: 'a\0b' }],
  ])('takes %s, and answers what is wrong', async (_, given) => {
    const { status, body } = await anna.call('POST', `${AT}/check`, { registration: given });
    expect({ status, problems: body.problems.length > 0 }).toEqual({ status: 200, problems: true });
  });

  test('finds what another client has already', async () => {
    const { problems } = await check({ clientId: 'new-bank', consumerKey: 'new-bank' });
    expect(problems).toEqual([{ pointer: '/accountRanges', problem: expect.stringContaining(id()) }]);
  });

  test('is refused with the pointer of each wrong field when it is sent', async () => {
    expect(errorOf(await put(anna, { accountRanges: ['5555', '55555'] }))).toEqual({
      ...{ status: 400, reason: 'INVALID_FIELD' },
      source: '/registration/accountRanges',
    });
  });

  test('does not overwrite what somebody else has changed since', async () => {
    const read = await version();
    await put(ben, { name: 'Other Bank' });
    const late = { registration: { ...registration(), countries: ['DE'] }, version: read };
    expect(errorOf(await anna.call('PUT', `${AT}/${id()}`, late))).toMatchObject({
      status: 409,
      reason: 'CLIENT_CHANGED',
    });
  });

  test('changes the client of its address only', async () => {
    const other = { registration: { ...registration(), clientId: 'other' }, version: 1 };
    expect(errorOf(await anna.call('PUT', `${AT}/${id()}`, other))).toMatchObject({
      status: 400,
      source: '/registration/clientId',
    });
  });

  test('registers no client twice', async () => {
    expect(errorOf(await anna.call('POST', AT, { registration: registration() }))).toMatchObject({
      status: 409,
      reason: 'CLIENT_EXISTS',
    });
  });
});

describe('four eyes', () => {
  const DOMAIN = { callbackDomains: ['new.bank.example'] };
  const domains = async () => (await findClient(pool(), id()))?.callbackDomains;
  const decideBy = (
    by: Caller,
    act: 'approve' | 'reject' | 'withdraw',
    { approvalId, hash }: { approvalId: string; hash: string },
  ) => by.call('POST', `/api/approvals/${approvalId}/${act}`, { hash });

  test('one person cannot do it alone, in no session and no tab; a second one can', async () => {
    const before = await domains();
    const { body } = await put(anna, DOMAIN);
    expect(body).toMatchObject({ outcome: 'WAITING', approval: { state: 'WAITING', waitsFor: ['callbackDomains'] } });
    const second = createConsoleBrowser(network, anna.authenticator);
    expect((await second.signIn()).status).toBe(200);
    for (const by of [anna, second]) {
      expect(errorOf(await decideBy(by, 'approve', body.approval))).toMatchObject({
        status: 403,
        reason: 'APPROVAL_NEEDS_ANOTHER',
      });
    }
    expect(await domains()).toEqual(before);
    expect((await decideBy(ben, 'approve', body.approval)).body).toMatchObject({ state: 'APPROVED' });
    expect(await domains()).toEqual(DOMAIN.callbackDomains);
  });

  test('what was read is what is approved: another hash is refused', async () => {
    const { approval } = (await put(anna, DOMAIN)).body;
    expect(errorOf(await decideBy(ben, 'approve', { ...approval, hash: '0'.repeat(64) }))).toMatchObject({
      status: 409,
      reason: 'APPROVAL_ALTERED',
    });
  });

  test('an administrator does not decide on clients, and is told which role does', async () => {
    const { approval } = (await put(anna, DOMAIN)).body;
    const administrator = await joined(network, 'ADMINISTRATOR');
    const answer = await decideBy(administrator, 'approve', approval);
    expect(answer.body).toMatchObject({ errordetail: [{ reason: 'ROLE_NOT_ALLOWED' }], roles: ['OPERATOR'] });
  });

  test('whoever asked and was removed since has asked for nothing', async () => {
    const carl = await joined(network, 'OPERATOR');
    const { approval } = (await put(carl, DOMAIN)).body;
    await pool().query('UPDATE operator SET removed_at = $2 WHERE operator_id = $1', [carl.operatorId, network.now]);
    expect(errorOf(await decideBy(ben, 'approve', approval))).toMatchObject({
      status: 409,
      reason: 'APPROVAL_REQUESTER_GONE',
    });
    expect((await decideBy(ben, 'reject', approval)).body).toMatchObject({ state: 'REJECTED' });
  });

  test('a request lapses after 24 hours', async () => {
    const start = network.now;
    const { approval } = (await put(anna, DOMAIN)).body;
    network.now = addSeconds(start, 24 * 60 * 60);
    const late = await joined(network, 'OPERATOR');
    expect(errorOf(await decideBy(late, 'approve', approval))).toMatchObject({ status: 409, reason: 'APPROVAL_OVER' });
    network.now = start;
  });

  test('requests are shown at their client and in the list, and can be withdrawn', async () => {
    const { approval } = (await put(anna, DOMAIN)).body;
    expect((await ben.call('GET', `${AT}/${id()}`)).body.approvals).toContainEqual(approval);
    expect((await ben.call('GET', '/api/approvals')).body.items).toContainEqual(approval);
    expect((await decideBy(anna, 'withdraw', approval)).body).toMatchObject({ state: 'WITHDRAWN' });
    expect((await ben.call('GET', '/api/approvals?state=all')).body.items).toContainEqual(
      expect.objectContaining({ approvalId: approval.approvalId, state: 'WITHDRAWN' }),
    );
    expect(errorOf(await ben.call('GET', '/api/approvals?cursor=eyJ9'))).toMatchObject({ status: 400 });
  });

  test('a suspension is done at once, a resumption waits', async () => {
    expect((await anna.call('POST', `${AT}/${id()}/suspend`, {})).body).toEqual({ outcome: 'DONE' });
    expect((await network.client.startSession()).status).toBe(403);
    const { body } = await anna.call('POST', `${AT}/${id()}/resume`, { version: await version() });
    expect((await network.client.startSession()).status).toBe(403);
    await decideBy(ben, 'approve', body.approval);
    expect((await network.client.startSession()).status).toBe(201);
  });
});

test('the versions say what changed, the newest first', async () => {
  await put(anna, { name: 'Other Bank' });
  const { items } = (await anna.call('GET', `${AT}/${id()}/versions`)).body;
  expect(items[0]).toMatchObject({
    version: await version(),
    change: 'REPLACED',
    differences: [{ field: 'name', before: [registration().name], after: ['Other Bank'] }],
    missingBefore: 0,
  });
});

test('there is nothing of a client that is not there', async () => {
  for (const end of ['', '/versions', '/deliveries'])
    expect(errorOf(await anna.call('GET', `${AT}/nobody${end}`))).toMatchObject({ reason: 'CLIENT_NOT_FOUND' });
  expect(errorOf(await anna.call('POST', `${AT}/nobody/suspend`, {}))).toMatchObject({ reason: 'CLIENT_NOT_FOUND' });
});

describe('webhooks', () => {
  let server: Server;
  let uri: string;
  let answer: (response: ServerResponse, request: Request) => Promise<unknown>;
  beforeAll(async () => {
    server = createServer(async (incoming, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]);
      await answer(response, new Request(uri, { method: 'POST', headers, body: Buffer.concat(chunks) }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    uri = `http://bank.localhost:${(server.address() as AddressInfo).port}/events`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(async () => {
    const webhooks = [{ uri, types: ['client.key-expiring'] }];
    await saveClient(pool(), readRegistration({ ...registration(), webhooks }), bySetUp(network.now));
  });

  const status = (code: number) => async (response: ServerResponse) => response.writeHead(code).end();
  /** Delivers everything that is due. */
  const deliver = async () => {
    const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const courier = createCourier({ ...network.running.network, log, timeoutMilliseconds: 30_000 });
    await courier.work();
    await courier.settled();
    await courier.stop();
    expect(log.error).not.toHaveBeenCalled();
  };
  const sendTest = (to = uri) => anna.call('POST', `${AT}/${id()}/events/test`, { uri: to });
  const stateOf = async (eventId: string) => (await anna.call('GET', `${AT}/${id()}/events/test/${eventId}`)).body;

  test('a test event is verified by the kit, and no handler of a real type is called', async () => {
    const otherwise = vi.fn();
    const real = vi.fn();
    const issuer = createIssuer({
      ...kitOptions(network),
      callbackOrigins: ['https://bank.example'],
      network: profileOf(network),
      store: createMemoryEnrolmentStore(),
    });
    const webhook = issuer.events.webhook({
      store: createMemoryEventStore(),
      on: { 'client.key-expiring': real, 'payment.approved': real, otherwise },
    });
    answer = async (response, request) => {
      const { status: code } = await webhook(request);
      response.writeHead(code).end();
    };
    const { eventId } = (await sendTest()).body;
    expect(await stateOf(eventId)).toEqual({ state: 'WAITING', attempts: 0 });
    await deliver();
    expect(await stateOf(eventId)).toEqual({ state: 'TAKEN', attempts: 0 });
    expect(otherwise).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ id: eventId, type: TEST_EVENT, data: { test: true, testId: expect.any(String), uri } }),
    );
    expect(real).not.toHaveBeenCalled();
  });

  test('what a webhook does not take is listed, and can be delivered again', async () => {
    answer = status(500);
    const { eventId } = (await sendTest()).body;
    await deliver();
    expect(await stateOf(eventId)).toEqual({ state: 'WAITING', attempts: 1, failure: 'HTTP_500' });
    const { items } = (await anna.call('GET', `${AT}/${id()}/deliveries`)).body;
    expect(items).toEqual([
      expect.objectContaining({ eventId, uri, type: TEST_EVENT, state: 'WAITING', attempts: 1, failure: 'HTTP_500' }),
    ]);
    await pool().query('UPDATE event_delivery SET dead_at = $1', [network.now]);
    expect((await anna.call('GET', `${AT}/${id()}`)).body.webhooks).toEqual([
      { uri, types: ['client.key-expiring'], waiting: 0, dead: 1, failure: 'HTTP_500' },
    ]);
    expect((await anna.call('GET', `${AT}/${id()}/deliveries?state=WAITING`)).body.items).toEqual([]);
    expect((await anna.call('GET', `${AT}/${id()}/deliveries?state=DEAD`)).body.items).toHaveLength(1);
    expect((await anna.call('POST', `${AT}/${id()}/deliveries/replay`, {})).body).toEqual({ deliveries: 1 });
    answer = status(204);
    await deliver();
    expect(await stateOf(eventId)).toMatchObject({ state: 'TAKEN' });
  });

  test('a webhook that answered 410 is off, takes no test, and is switched on again', async () => {
    answer = status(410);
    const { eventId } = (await sendTest()).body;
    await deliver();
    expect(await stateOf(eventId)).toMatchObject({ state: 'DEAD', failure: 'HTTP_410' });
    expect((await anna.call('GET', `${AT}/${id()}`)).body.webhooks[0]).toMatchObject({
      offSince: network.now.toISOString(),
    });
    expect(errorOf(await sendTest())).toMatchObject({ status: 409, reason: 'WEBHOOK_OFF' });
    expect((await anna.call('POST', `${AT}/${id()}/webhooks/enable`, { uri })).status).toBe(200);
    expect((await sendTest()).status).toBe(200);
  });

  test('an address that is no webhook of the client gets nothing', async () => {
    expect(errorOf(await sendTest('https://other.example/events'))).toMatchObject({
      status: 404,
      reason: 'WEBHOOK_NOT_FOUND',
    });
    const enable = await anna.call('POST', `${AT}/${id()}/webhooks/enable`, { uri: 'https://other.example/events' });
    expect(errorOf(enable)).toMatchObject({ status: 404, reason: 'WEBHOOK_NOT_FOUND' });
    expect(errorOf(await anna.call('GET', `${AT}/${id()}/events/test/evt_${'0'.repeat(32)}`))).toMatchObject({
      status: 404,
      reason: 'EVENT_NOT_FOUND',
    });
  });
});
