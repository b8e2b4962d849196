/** What a cardholder removes on their own page (contract §17). */
import { MANAGE_LEAVE_PATH, MANAGE_REMOVAL_PATH, type ManageRemoval } from '@payment-passkeys/protocol';
import type { TestBrowser } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCardholderSteps, START, told } from './cardholder-page-steps.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.stop());
beforeEach(() => {
  network.now = START;
});

const { enrolled, challenge, signIn } = createCardholderSteps(() => network);

describe('a removal', () => {
  /** Type, actor and reason of the events about a binding or a passkey. */
  async function eventsOf(id: string): Promise<readonly string[]> {
    const stored = 'SELECT type, triggered_by, data FROM outbox UNION ALL SELECT type, triggered_by, data FROM event';
    const { rows } = await network.database.pool.query(
      `SELECT concat_ws(' ', type, triggered_by, data ->> 'reasonCode') AS event FROM (${stored}) AS every
       WHERE data ->> 'bindingId' = $1 AND type LIKE 'binding.%' AND type <> 'binding.created'`,
      [id],
    );
    return rows.map(({ event }) => event);
  }

  const remove = (browser: TestBrowser, removal: ManageRemoval) => browser.post(MANAGE_REMOVAL_PATH, removal);

  test('of a bank: it is no longer among those that use the passkey, and the same call again says so again', async () => {
    const browser = await enrolled();
    const [binding] = (await signIn(browser)).body.bindings;
    for (let times = 0; times < 2; times++) {
      const { status, body } = await remove(browser, { what: 'BINDING', bindingId: binding.bindingId });
      expect([status, body.overview.bindings, body.overview.devices.length]).toEqual([200, [], 1]);
    }
    const { rowCount } = await network.database.pool.query('SELECT FROM binding_account WHERE binding_id = $1', [
      binding.bindingId,
    ]);
    expect(rowCount).toBe(0);
    expect(await eventsOf(binding.bindingId)).toEqual(['binding.deleted CARDHOLDER CARDHOLDER_REQUEST']);
  });

  test('of the passkey ends what is under way with it, and its clients hear of it', async () => {
    const browser = await enrolled();
    const { body: session } = await network.client.startSession();
    const opened = (await browser.open(session.uri)).body;
    await browser.result(browser.answer(opened));
    const [binding] = (await signIn(browser)).body.bindings;
    await remove(browser, { what: 'PASSKEY' });
    const { rows } = await network.database.pool.query('SELECT state, end_reason FROM session WHERE session_id = $1', [
      session.authenticationSessionId,
    ]);
    expect(rows).toEqual([{ state: 'failed', end_reason: 'PERMISSION_DENIED' }]);
    expect(await eventsOf(binding.bindingId)).toEqual(['binding.deleted CARDHOLDER CARDHOLDER_REQUEST']);
  });

  test('of a device: its cookie no longer stands for the passkey, which still works there', async () => {
    const browser = await enrolled();
    const [device] = (await signIn(browser)).body.devices;
    const { body } = await remove(browser, { what: 'DEVICE', appInstanceId: device.appInstanceId });
    expect([body.overview.devices, body.overview.bindings.length]).toEqual([[], 1]);
    const { body: session } = await network.client.startSession();
    const opened = (await browser.open(session.uri)).body;
    expect([opened.scenario, opened.alternative.scenario]).toEqual(['CREATE', 'USE']);
    expect((await browser.result(browser.answer(opened.alternative))).status).toBe(200);
  });

  test('of the passkey: it works nowhere any more, and every visit with it is over', async () => {
    const browser = await enrolled();
    const other = network.browser(browser.authenticator);
    await signIn(browser);
    await signIn(other);
    const { status, body, headers } = await remove(browser, { what: 'PASSKEY' });
    expect([status, body]).toEqual([200, {}]);
    expect(headers.getSetCookie().join()).toMatch(/^__Host-manage=; .*Expires=Thu, 01 Jan 1970/);
    for (const one of [browser, other])
      expect(told(await remove(one, { what: 'PASSKEY' }))).toEqual([401, 'ACCESS_DENIED']);
    expect(told(await signIn(browser))).toEqual([400, 'CREDENTIAL_UNKNOWN']);
    const { body: session } = await network.client.startSession();
    expect((await browser.open(session.uri)).body).toMatchObject({ scenario: 'CREATE' });
  });

  test('takes nothing from another passkey', async () => {
    const [mine, theirs] = [await enrolled(), await enrolled()];
    const before = (await signIn(theirs)).body;
    await signIn(mine);
    const [{ bindingId }] = before.bindings;
    const [{ appInstanceId }] = before.devices;
    for (const removal of [
      { what: 'BINDING', bindingId },
      { what: 'DEVICE', appInstanceId },
    ] as const) {
      const { status, body } = await remove(mine, removal);
      expect([status, body.overview.bindings.length, body.overview.devices.length]).toEqual([200, 1, 1]);
    }
    const { bindings, devices } = (await signIn(theirs)).body;
    expect([bindings, devices.length]).toEqual([before.bindings, 1]);
  });

  test('needs a visit: neither none, nor one that has only asked for a challenge, nor one that is over', async () => {
    const browser = await enrolled();
    expect(told(await remove(browser, { what: 'PASSKEY' }))).toEqual([401, 'ACCESS_DENIED']);
    await challenge(browser);
    browser.cookies.set('__Host-manage', browser.cookies.get('__Host-manage-challenge') ?? '');
    expect(told(await remove(browser, { what: 'PASSKEY' }))).toEqual([401, 'ACCESS_DENIED']);
    await signIn(browser);
    const cookie = `__Host-manage=${browser.cookies.get('__Host-manage')}`;
    await browser.post(MANAGE_LEAVE_PATH, {});
    const late = await browser.post(MANAGE_REMOVAL_PATH, { what: 'PASSKEY' }, { cookie });
    expect(told(late)).toEqual([401, 'ACCESS_DENIED']);
  });

  test.each([{}, { what: 'BINDING' }, { what: 'DEVICE', bindingId: 'b' }, { what: 'ALL' }, null, []])(
    '%j is none',
    async (body) => expect((await (await enrolled()).post(MANAGE_REMOVAL_PATH, body)).status).toBe(400),
  );
});
