/** Suspending, resuming and deleting bindings (contract §12, §14), and refused calls. */
import { randomUUID } from 'node:crypto';
import { compileSchema, StatusUpdateAnswer } from '@payment-passkeys/protocol';
import { startPayment, TEST_MERCHANT, type TestClient } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { changeBindings } from '../src/domain/bindings/change.ts';
import { act, CARDHOLDER, enrolCardholder, findBindings, ofPan, refusalOf, searchFor } from './lifecycle.ts';
import { ofRequests } from './running-network.ts';
import { enrolAtBank, freshPan, paymentBy, paymentOf, payOnPage, startTestShop, type TestShop } from './shop.ts';

const START = new Date('2026-11-24T12:00:00Z');
let at: TestShop;
let otherShop: TestClient;
let otherBank: TestClient;
beforeAll(async () => {
  at = await startTestShop();
  otherShop = await at.network.addClient({ ...TEST_MERCHANT, clientId: 'other-shop', consumerKey: 'other-shop!key' });
  otherBank = await at.network.addClient({
    clientId: 'other-bank',
    consumerKey: 'other-bank!key',
    accountRanges: ['400000'],
  });
});
afterAll(() => at.network.stop());
beforeEach(() => {
  at.network.now = START;
});

const pool = () => at.network.database.pool;
const bank = () => at.network.client;
const nextStep = async (info: unknown, shop = at.shop) => (await startPayment(shop, info)).body.nextStep;
describe('who may act on what', () => {
  const CALLERS = { bank, shop: () => at.shop, otherShop: () => otherShop, otherBank: () => otherBank };
  const ALLOWED = {
    bank: ['atBank', 'atShop'],
    shop: ['atShop'],
    otherShop: [],
    otherBank: [],
  } as const satisfies Record<keyof typeof CALLERS, readonly string[]>;
  const callers = Object.keys(CALLERS) as (keyof typeof CALLERS)[];

  test.each(callers.flatMap((caller) => (['atBank', 'atShop'] as const).map((which) => [caller, which] as const)))(
    '%s on the binding %s: SUSPEND, RESUME and DELETE, each twice',
    async (caller, which) => {
      const cardholder = await enrolCardholder(at);
      const client = CALLERS[caller]();
      const { bindingId } = cardholder[which];
      if (!(ALLOWED[caller] as readonly string[]).includes(which)) {
        for (const action of ['SUSPEND', 'RESUME', 'DELETE'] as const) {
          const theirs = await act(client, action, { bindingId });
          const nobodys = await act(client, action, { bindingId: randomUUID() });
          expect(refusalOf(theirs)).toEqual([404, 'BINDING_NOT_FOUND', '/bindingId']);
          expect(theirs.body).toEqual(nobodys.body);
        }
        expect(await findBindings(client, { bindingId })).toEqual([]);
        return;
      }
      const word = caller === 'bank' ? 'ISSUER' : 'MERCHANT';
      for (const [action, status, suspendedBy] of [
        ['SUSPEND', 'SUSPENDED', [word]],
        ['RESUME', 'ACTIVE', []],
        ['SUSPEND', 'SUSPENDED', [word]],
        ['DELETE', 'DELETED', [word]],
      ] as const) {
        for (let time = 0; time < 2; time++) {
          const answer = await act(client, action, { bindingId });
          expect(compileSchema(StatusUpdateAnswer).violations(answer.body)).toEqual([]);
          expect([answer.status, answer.body]).toEqual([200, { bindings: [{ bindingId, status, suspendedBy }] }]);
        }
        expect(await findBindings(client, { bindingId })).toMatchObject([{ bindingId, status, suspendedBy }]);
      }
      for (const action of ['SUSPEND', 'RESUME'] as const) {
        expect(refusalOf(await act(client, action, { bindingId }))).toEqual([409, 'BINDING_DELETED', '/bindingId']);
      }
    },
  );

  test('each adds and takes away its own word alone', async () => {
    const { atShop, pan, browser } = await enrolCardholder(at);
    const on = { bindingId: atShop.bindingId };
    await act(bank(), 'SUSPEND', on);
    await act(at.shop, 'SUSPEND', on);
    const scope = { kind: 'PASSKEY', passkeyId: atShop.credentialId, bindingId: atShop.bindingId } as const;
    const decision = { by: 'CARDHOLDER', author: CARDHOLDER, reasonCode: 'CARDHOLDER_REQUEST', now: START } as const;
    await changeBindings(pool(), { scope, decision: { ...decision, action: 'SUSPEND' } }, undefined);
    const resumed = await act(at.shop, 'RESUME', on);
    expect(resumed.body.bindings).toEqual([{ ...on, status: 'SUSPENDED', suspendedBy: ['CARDHOLDER', 'ISSUER'] }]);
    expect(await nextStep(paymentBy(atShop.bindingId))).toBe('STEP_UP');
    await act(bank(), 'RESUME', on);
    await changeBindings(pool(), { scope, decision: { ...decision, action: 'RESUME' } }, undefined);
    const paid = await payOnPage(at, browser, paymentBy(atShop.bindingId));
    expect(paid.result.status).toBe(200);
    expect(pan).toHaveLength(16);
  });

  test('64 at once: each is answered the same, and there is one tombstone', async () => {
    const { atShop } = await enrolCardholder(at);
    const on = { bindingId: atShop.bindingId };
    for (const [action, status] of [
      ['SUSPEND', 'SUSPENDED'],
      ['DELETE', 'DELETED'],
    ] as const) {
      const answers = await Promise.all(Array.from({ length: 64 }, () => act(bank(), action, on)));
      expect(new Set(answers.map(({ status: code, body }) => JSON.stringify([code, body])))).toEqual(
        new Set([JSON.stringify([200, { bindings: [{ ...on, status, suspendedBy: ['ISSUER'] }] }])]),
      );
    }
    const { rows } = await pool().query('SELECT * FROM deleted_binding WHERE binding_id = $1', [atShop.bindingId]);
    expect(rows).toEqual([
      expect.objectContaining({
        passkey_id: atShop.credentialId,
        client_id: 'test-shop',
        issuer_id: 'test-bank',
        account_kinds: ['CARD'],
        deleted_by: 'ISSUER',
        reason_code: 'DEVICE_STOLEN',
        request_hash: null,
      }),
    ]);
  });
});

describe('by account', () => {
  test('an issuer’s word is for its own binding and the shops’, in one call; a merchant’s for its own', async () => {
    const { pan, atBank, atShop } = await enrolCardholder(at);
    const byBank = await act(bank(), 'SUSPEND', { account: ofPan(pan) });
    expect(byBank.body.bindings.map((one: { bindingId: string }) => one.bindingId).toSorted()).toEqual(
      [atBank.bindingId, atShop.bindingId].toSorted(),
    );
    const byShop = await act(at.shop, 'SUSPEND', { account: ofPan(pan) });
    expect(byShop.body.bindings).toEqual([
      { bindingId: atShop.bindingId, status: 'SUSPENDED', suspendedBy: ['ISSUER', 'MERCHANT'] },
    ]);
    expect(await nextStep(paymentOf(pan))).toBe('REGISTER');
    expect(await nextStep(paymentOf(pan), otherShop)).toBe('REGISTER');
  });

  test('only one passkey’s', async () => {
    const { pan, atBank } = await enrolCardholder(at);
    const second = await enrolAtBank(at, pan);
    const { body } = await act(bank(), 'SUSPEND', { account: ofPan(pan), credentialId: atBank.credentialId });
    expect(body.bindings).toHaveLength(2);
    const found = await findBindings(bank(), { account: ofPan(pan) });
    expect(found.filter(({ status }) => status === 'ACTIVE')).toHaveLength(1);
    expect((await payOnPage(at, second, paymentOf(pan))).result.status).toBe(200);
    const none = await act(bank(), 'SUSPEND', { account: ofPan(pan), credentialId: randomUUID() });
    expect(refusalOf(none)).toEqual([404, 'BINDING_NOT_FOUND', '/accountReference']);
  });

  test('a deletion removes every account index, and the same call again is answered the same', async () => {
    const { pan, atBank, atShop } = await enrolCardholder(at);
    const first = await act(bank(), 'DELETE', { account: ofPan(pan) });
    const second = await act(bank(), 'DELETE', { account: ofPan(pan) });
    expect(first.body.bindings.map(({ status }: { status: string }) => status)).toEqual(['DELETED', 'DELETED']);
    expect([second.status, second.body]).toEqual([200, first.body]);
    const { rows } = await pool().query('SELECT FROM binding_account WHERE account_index = ANY ($1)', [
      at.indexesOf(pan),
    ]);
    expect(rows).toEqual([]);
    expect(await findBindings(bank(), { account: ofPan(pan) })).toEqual([]);
    expect(refusalOf(await act(bank(), 'SUSPEND', { account: ofPan(pan) }))).toEqual([
      409,
      'BINDING_DELETED',
      '/accountReference',
    ]);
    expect(refusalOf(await act(at.shop, 'DELETE', { account: ofPan(pan) }))[0]).toBe(404);
    for (const bindingId of [atBank.bindingId, atShop.bindingId]) {
      expect(await findBindings(bank(), { bindingId })).toMatchObject([{ bindingId, status: 'DELETED' }]);
    }
    expect(refusalOf(await startPayment(at.shop, paymentBy(atShop.bindingId)))[1]).toBe('BINDING_NOT_FOUND');
  });

  test('another issuer’s account, one without bindings and an address that another has bound: nothing, by the same statements', async () => {
    const { pan, atShop } = await enrolCardholder(at);
    await act(otherShop, 'SUSPEND', { bindingId: randomUUID() }); // so that the network knows the client
    const query = vi.spyOn(at.network.running.network.pool, 'query');
    const watch = async (client: TestClient, account: Parameters<typeof ofPan>[0] | object) => {
      const before = query.mock.calls.length;
      const reference = typeof account === 'string' ? ofPan(account) : account;
      const { status, body } = await searchFor(client, { account: reference });
      const names = ofRequests(query.mock.calls.slice(before)).map(
        ([statement]) => (statement as { name?: string }).name,
      );
      return { status, bindings: body.bindings, members: Object.keys(body), names };
    };
    await watch(otherBank, '4000000000000010'); // so that the network knows the client
    await watch(bank(), freshPan());
    const others = await watch(otherBank, pan);
    const unknown = await watch(bank(), freshPan());
    const address = await watch(otherBank, { emailAddress: 'avery@mail.example' });
    const updates = async (client: TestClient, on: Parameters<typeof act>[2]) => {
      const before = query.mock.calls.length;
      const { status, body } = await act(client, 'SUSPEND', on);
      const names = ofRequests(query.mock.calls.slice(before)).map(
        ([statement]) => (statement as { name?: string }).name,
      );
      return { status, body, names };
    };
    const nobodys = await updates(bank(), { account: ofPan(freshPan()) });
    expect(nobodys.status).toBe(404);
    expect(await updates(otherBank, { account: ofPan(pan) })).toEqual(nobodys);
    expect(await updates(otherShop, { bindingId: atShop.bindingId })).toEqual(
      await updates(otherShop, { bindingId: randomUUID() }),
    );
    query.mockRestore();
    expect(others).toEqual({ ...unknown, bindings: [] });
    expect(address).toEqual(unknown);
  });
});

describe('what is wrong with a call', () => {
  const update = { action: 'SUSPEND', reasonCode: 'DEVICE_LOST' };
  const encrypted = async (content: unknown) => ({ encryptedData: await bank().encrypt(content) });
  const PAN = '5555555555554444';

  test.each([
    ['searches', 'nothing to search by', async () => ({}), 'MISSING_FIELD', ''],
    [
      'searches',
      'two at once',
      async () => ({ bindingId: 'a', credentialId: 'b' }),
      'FIELD_NOT_ALLOWED',
      '/credentialId',
    ],
    ['searches', 'no JWE', async () => ({ encryptedData: 'x.y' }), 'DECRYPTION_FAILED', '/encryptedData'],
    ['searches', 'no account', () => encrypted({}), 'MISSING_FIELD', '/accountReference'],
    ['searches', 'an empty reference', () => encrypted({ accountReference: {} }), 'MISSING_FIELD', '/accountReference'],
    [
      'searches',
      'two references',
      () => encrypted({ accountReference: { primaryAccountNumber: PAN, emailAddress: 'avery@mail.example' } }),
      'FIELD_NOT_ALLOWED',
      '/accountReference/emailAddress',
    ],
    [
      'searches',
      'a number that fails Luhn',
      () => encrypted({ accountReference: { primaryAccountNumber: '5555555555554445' } }),
      'INVALID_FIELD',
      '/accountReference/primaryAccountNumber',
    ],
    ['statusupdates', 'no binding', async () => update, 'MISSING_FIELD', ''],
    [
      'statusupdates',
      'another action',
      async () => ({ ...update, bindingId: 'a', action: 'PAUSE' }),
      'INVALID_FIELD',
      '/action',
    ],
    ['statusupdates', 'no reason', async () => ({ bindingId: 'a', action: 'DELETE' }), 'MISSING_FIELD', '/reasonCode'],
    [
      'statusupdates',
      'a security code',
      async () => ({
        ...update,
        ...(await encrypted({ accountReference: { primaryAccountNumber: PAN, cvv: '123' } })),
      }),
      'SECURITY_CODE_REFUSED',
      '/accountReference/cvv',
    ],
  ])('%s, %s', async (path, _, body, code, source) => {
    const answer = await bank().send({ path: `/authentication/bindings/${path}`, body: JSON.stringify(await body()) });
    expect(refusalOf(answer)).toEqual([400, code, source]);
    expect(JSON.stringify(answer.body)).not.toMatch(/5555|avery|PAUSE/);
  });

  test('unsigned: nothing is answered', async () => {
    const { status } = await bank().send({
      path: '/authentication/bindings/searches',
      body: '{}',
      authorization: undefined,
    });
    expect(status).toBe(401);
  });

  test('a refused call has used its nonce', async () => {
    const body = JSON.stringify({ ...update, bindingId: randomUUID() });
    const path = '/authentication/bindings/statusupdates';
    const authorization = await bank().sign(path, body);
    expect((await bank().send({ path, body, authorization })).status).toBe(404);
    expect((await bank().send({ path, body, authorization })).status).toBe(403);
  });
});
