/** Suspending, resuming, deleting and finding bindings (contract §12 to §14). */
import { randomUUID } from 'node:crypto';
import { confirmPayment } from '@payment-passkeys/authenticator';
import { BindingSearchAnswer, compileSchema, StatusUpdateAnswer } from '@payment-passkeys/protocol';
import {
  buildPaymentInfo,
  buildTransaction,
  reportAssertion,
  startPayment,
  TEST_MERCHANT,
  type TestAnswer,
  type TestClient,
} from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { changeBindings } from '../src/domain/bindings/change.ts';
import { deletePasskey, forgetDevice } from '../src/domain/bindings/passkey-deletion.ts';
import { searchBindings } from '../src/domain/bindings/search.ts';
import { readEvents } from '../src/domain/events/log.ts';
import { moveForReader } from '../src/domain/events/mover.ts';
import {
  act,
  CARDHOLDER,
  enrolCardholder,
  findBindings,
  ofPan,
  replaceCard,
  replacementOf,
  searchFor,
} from './lifecycle.ts';
import { ofRequests } from './running-network.ts';
import {
  addCardAtShop,
  cardOf,
  enrolAtBank,
  freshPan,
  payOnPage,
  startTestShop,
  type TestShop,
  verifyAtShop,
} from './shop.ts';
import { summarise, takeEvents } from './stored-events.ts';

const START = new Date('2026-11-24T12:00:00Z');
const ORIGIN = 'http://shop.localhost:4002';
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
const refusalOf = ({ status, body }: Pick<TestAnswer, 'status' | 'body'>) => [
  status,
  body.errordetail?.[0]?.reason,
  body.errordetail?.[0]?.source,
];
const paymentOf = (pan: string) =>
  buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
const paymentBy = (bindingId: string) => {
  const { accountReferences: _, ...info } = buildPaymentInfo({ transaction: buildTransaction() });
  return { ...info, bindingId };
};
const nextStep = async (info: unknown, shop = at.shop) => (await startPayment(shop, info)).body.nextStep;
const stateOf = async (sessionId: string) =>
  (await pool().query('SELECT state, end_reason FROM session WHERE session_id = $1', [sessionId])).rows[0];

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

describe('a search', () => {
  test('says what is known of the passkey and its devices, and is as its schema says', async () => {
    const { pan, atBank, atShop, browser } = await enrolCardholder(at);
    await payOnPage(at, browser, paymentBy(atShop.bindingId));
    const { status, body } = await searchFor(bank(), { account: ofPan(pan) });
    expect(status).toBe(200);
    expect(compileSchema(BindingSearchAnswer).violations(body)).toEqual([]);
    const common = {
      credentialId: atBank.credentialId,
      status: 'ACTIVE',
      suspendedBy: [],
      createdAt: START.toISOString(),
      authenticator: {
        aaguid: expect.any(String),
        backupEligible: expect.any(Boolean),
        backedUp: expect.any(Boolean),
        attestation: 'NONE',
      },
      devices: [
        { appInstanceId: expect.any(String), firstUsedAt: START.toISOString(), lastUsedAt: START.toISOString() },
      ],
    };
    const shops = {
      ...common,
      bindingId: atShop.bindingId,
      accountTypes: ['CARD'],
      panLastFour: pan.slice(-4),
      heldBy: { role: 'merchant', name: 'Test Shop' },
      lastUsedAt: START.toISOString(),
    };
    const banks = {
      ...common,
      bindingId: atBank.bindingId,
      accountTypes: ['CARD', 'EMAIL'],
      heldBy: { role: 'issuer', name: bank().registration.name },
    };
    expect(body.bindings).toHaveLength(2);
    expect(body.bindings).toEqual(expect.arrayContaining([shops, banks]));
    expect(await findBindings(at.shop, { account: ofPan(pan) })).toEqual([shops]);
    expect(await findBindings(at.shop, { credentialId: atBank.credentialId })).toEqual([shops]);
    expect(await findBindings(bank(), { credentialId: atBank.credentialId })).toHaveLength(2);
  });

  test('a model is named only if the attestation proves it; the verdict on the attestation', async () => {
    const { pan, atBank } = await enrolCardholder(at);
    const scope = { kind: 'PASSKEY', passkeyId: atBank.credentialId, bindingId: atBank.bindingId } as const;
    const factsOf = async (format: string, trusted: boolean, verified: boolean) => {
      await pool().query(
        'UPDATE passkey SET attestation_format = $2, attestation_trusted = $3, aaguid_verified = $4 WHERE passkey_id = $1',
        [atBank.credentialId, format, trusted, verified],
      );
      const [report] = await searchBindings(pool(), scope, () => 'Example Key');
      return [report?.authenticator?.attestation, report?.authenticator?.model];
    };
    expect(await factsOf('none', false, false)).toEqual(['NONE', undefined]);
    expect(await factsOf('packed', false, false)).toEqual(['UNTRUSTED', undefined]);
    expect(await factsOf('packed', true, false)).toEqual(['TRUSTED', undefined]);
    expect(await factsOf('packed', true, true)).toEqual(['TRUSTED', 'Example Key']);

    // An event is stored without the name, and gets it when it is read.
    await replaceCard(bank(), replacementOf(pan, freshPan()));
    const { clientId } = at.shop.registration;
    await moveForReader(pool(), { clientId, now: START });
    const events = await readEvents(pool(), { clientId, after: undefined, limit: 500 }, () => 'Example Key');
    const [updated] = events.filter(({ type }) => type === 'binding.updated');
    expect(updated?.data).toMatchObject({ authenticator: { attestation: 'TRUSTED', model: 'Example Key' } });
    expect(Object.keys(Object(updated?.data).authenticator)).not.toContain('modelProven');
    await pool().query('DELETE FROM event');
  });

  test('has at most 100 bindings, the one used last first', async () => {
    const { atBank, atShop } = await enrolCardholder(at);
    await pool().query(
      `INSERT INTO binding (binding_id, passkey_id, client_id, card_index, card_last_four, issuer_id, created_at, updated_at, last_used_at)
       SELECT 'many-' || number, passkey_id, client_id, sha256(('many-' || number)::bytea), card_last_four, issuer_id, created_at, updated_at,
              created_at + number * interval '1 second'
       FROM binding, generate_series(1, 110) AS number WHERE binding_id = $1`,
      [atShop.bindingId],
    );
    const found = await findBindings(at.shop, { credentialId: atBank.credentialId });
    expect(found.map(({ bindingId }) => bindingId)).toEqual(Array.from({ length: 100 }, (_, at) => `many-${110 - at}`));
    await pool().query("DELETE FROM binding WHERE binding_id LIKE 'many-%'");
  });

  test('by an e-mail address: the caller’s own bindings alone', async () => {
    const { atBank, atShop } = await enrolCardholder(at);
    const account = { emailAddress: ' Avery@mail.example' };
    const ids = async (client: TestClient) =>
      (await findBindings(client, { account })).map(({ bindingId }) => bindingId);
    expect(await ids(bank())).toContain(atBank.bindingId);
    expect(await ids(bank())).not.toContain(atShop.bindingId);
    expect(await ids(otherShop)).toEqual([]);
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

describe('a payment with a suspended binding', () => {
  test('is answered as for an unknown account: the same shape and the same statements', async () => {
    const { pan } = await enrolCardholder(at);
    const mine = await enrolCardholder(at);
    await act(bank(), 'SUSPEND', { account: ofPan(pan) });
    await act(at.shop, 'SUSPEND', { bindingId: mine.atShop.bindingId });
    const query = vi.spyOn(at.network.running.network.pool, 'query');
    const watch = async (number: string) => {
      const before = query.mock.calls.length;
      const { status, body } = await startPayment(at.shop, paymentOf(number));
      const statements = ofRequests(query.mock.calls.slice(before)).map(
        ([statement]) => (statement as { name?: string }).name,
      );
      const shape = Object.entries(body).map(([name, value]) => [name, typeof value, String(value).length]);
      return { status, nextStep: body.nextStep, shape, statements };
    };
    const [unknown, byBank, byShop] = [await watch(freshPan()), await watch(pan), await watch(mine.pan)];
    query.mockRestore();
    expect(unknown.nextStep).toBe('REGISTER');
    expect(byBank).toEqual(unknown);
    expect(byShop).toEqual(unknown);
  });

  test('one shop’s word is for that shop: another one is paid', async () => {
    const { pan, atShop, browser } = await enrolCardholder(at);
    await act(at.shop, 'SUSPEND', { bindingId: atShop.bindingId });
    expect(await nextStep(paymentOf(pan))).toBe('REGISTER');
    const { body: session } = await startPayment(otherShop, paymentOf(pan));
    expect(session.nextStep).toBe('AUTHENTICATE');
    const opened = await browser.open(session.uri);
    expect((await browser.result(browser.answer(opened.body))).status).toBe(200);
  });

  test('a passkey that is registered again on the way to a payment stays suspended, and the payment ends with PERMISSION_DENIED', async () => {
    const { pan, atShop, browser } = await enrolCardholder(at);
    await act(at.shop, 'SUSPEND', { bindingId: atShop.bindingId });
    const { body: session } = await startPayment(at.shop, paymentOf(pan));
    await browser.open(session.uri);
    const { claims } = await at.issuer.read((await browser.consent()).body.redirect);
    await browser.visit(await at.issuer.answer(claims.jti));
    const opened = await browser.open(session.uri);
    expect(opened.body.scenario).toBe('USE');
    expect((await browser.result(browser.answer(opened.body))).body).toEqual({ reopen: true });
    const again = await browser.open(session.uri);
    expect([again.status, again.body.reason]).toEqual([401, 'PERMISSION_DENIED']);
    expect(again.body.returnTo).toContain('http://shop.localhost:4002/');
  });

  test('a passkey that is used again at the shop stays suspended; after a deletion it has a new binding', async () => {
    const { pan, atShop, browser } = await enrolCardholder(at);
    const on = { bindingId: atShop.bindingId };
    await act(bank(), 'SUSPEND', on);
    expect(await addCardAtShop(at, pan, browser)).toBe(atShop.bindingId);
    expect(await findBindings(at.shop, on)).toMatchObject([{ status: 'SUSPENDED', suspendedBy: ['ISSUER'] }]);
    await act(bank(), 'DELETE', on);
    const again = await addCardAtShop(at, pan, browser);
    expect(again).not.toBe(atShop.bindingId);
    expect(await findBindings(at.shop, { bindingId: again })).toMatchObject([{ status: 'ACTIVE' }]);
  });
});

describe('what is under way', () => {
  test.each(['SUSPEND', 'DELETE'] as const)(
    '%s ends an opened payment, and its page goes back with PERMISSION_DENIED',
    async (action) => {
      const { pan, browser } = await enrolCardholder(at);
      const { body: session } = await startPayment(at.shop, paymentOf(pan));
      const opened = await browser.open(session.uri);
      await act(bank(), action, { account: ofPan(pan) });
      expect(await stateOf(session.authenticationSessionId)).toEqual({
        state: 'failed',
        end_reason: 'PERMISSION_DENIED',
      });
      expect((await browser.result(browser.answer(opened.body))).status).toBe(401);
      const { body } = await browser.end('UNKNOWN_ERROR');
      expect(new URL(body.redirect).searchParams.get('reason')).toBe('PERMISSION_DENIED');
    },
  );

  test.each(['SUSPEND', 'DELETE'] as const)('%s refuses a confirmation that was handed out', async (action) => {
    const { pan, browser, atShop } = await enrolCardholder(at);
    const { body: session } = await startPayment(at.shop, paymentBy(atShop.bindingId));
    const offer = session.securePaymentConfirmation;
    const credential = confirmPayment({ authenticator: browser.authenticator, offer, origin: ORIGIN });
    await act(at.shop, action, { bindingId: atShop.bindingId });
    const answer = await reportAssertion(at.shop, session.authenticationSessionId, { outcome: 'ACCEPTED', credential });
    expect(refusalOf(answer).slice(0, 2)).toEqual([409, 'SESSION_OVER']);
    expect(pan).toHaveLength(16);
  });

  test('an enrolment of the passkey at a shop ends: its proof binds nothing', async () => {
    const { pan, browser, atShop } = await enrolCardholder(at);
    const { session, proof } = await verifyAtShop(at, pan, browser);
    await act(bank(), 'SUSPEND', { bindingId: atShop.bindingId });
    const answer = await at.shop.bind({
      authenticationSessionId: session.authenticationSessionId,
      proofOfAuthentication: proof,
    });
    expect(refusalOf(answer).slice(0, 2)).toEqual([409, 'SESSION_NOT_ENROLLED']);
  });

  test('a payment that another passkey of the card can approve goes on, and only with that one', async () => {
    const { pan, browser, atBank } = await enrolCardholder(at);
    const second = await enrolAtBank(at, pan);
    const { body: session } = await startPayment(at.shop, paymentOf(pan));
    const opened = await second.open(session.uri);
    await act(bank(), 'SUSPEND', { account: ofPan(pan), credentialId: atBank.credentialId });
    expect(await stateOf(session.authenticationSessionId)).toMatchObject({ state: 'opened' });
    const first = browser.answer(opened.body);
    expect((await second.result(first)).status).toBe(400);
    const again = await second.open(session.uri);
    expect((await second.result(second.answer(again.body))).status).toBe(200);
  });

  test('a shop’s own session with another card goes on', async () => {
    const { browser, atShop } = await enrolCardholder(at);
    const other = freshPan();
    await enrolAtBank(at, other, browser);
    const { body: session } = await startPayment(at.shop, paymentOf(other));
    await act(at.shop, 'DELETE', { bindingId: atShop.bindingId });
    expect(await stateOf(session.authenticationSessionId)).toMatchObject({ state: 'created' });
  });
});

describe('events', () => {
  const take = async () => summarise(await takeEvents(at.network));

  test('a change is told to the binding’s client and to the card’s issuer, but not to who made it; no change, no event', async () => {
    const { atShop } = await enrolCardholder(at);
    const on = { bindingId: atShop.bindingId };
    await take();
    const told = async (client: TestClient, action: 'SUSPEND' | 'RESUME' | 'DELETE') => {
      await act(client, action, on);
      await act(client, action, on);
      return take();
    };
    expect(await told(bank(), 'SUSPEND')).toEqual(['binding.suspended to test-shop by ISSUER']);
    expect(await told(at.shop, 'SUSPEND')).toEqual(['binding.suspended to test-bank by MERCHANT']);
    expect(await told(bank(), 'RESUME')).toEqual(['binding.resumed to test-shop by ISSUER']);
    expect(await told(at.shop, 'DELETE')).toEqual(['binding.deleted to test-bank by MERCHANT']);
  });

  test('a session that ends is told to its client', async () => {
    const { pan } = await enrolCardholder(at);
    await startPayment(at.shop, paymentOf(pan));
    await take();
    await act(bank(), 'SUSPEND', { account: ofPan(pan) });
    expect(await take()).toEqual(['binding.suspended to test-shop by ISSUER', 'session.ended to test-shop by ISSUER']);
  });
});

describe('the passkey itself', () => {
  test('is deleted with every binding; each client hears of it, what is under way ends, and nothing finds it', async () => {
    const { pan, atBank, atShop, browser } = await enrolCardholder(at);
    const { body: session } = await startPayment(at.shop, paymentOf(pan));
    const enrolment = await at.network.client.startSession({ info: { accountReferences: cardOf(pan) } });
    const opened = await browser.open(enrolment.body.uri);
    await browser.result(browser.answer(opened.body));
    await takeEvents(at.network);
    const deletion = {
      author: CARDHOLDER,
      passkeyId: atBank.credentialId,
      by: 'CARDHOLDER',
      reasonCode: 'DEVICE_LOST',
      now: START,
    } as const;
    const first = await deletePasskey(pool(), deletion);
    expect(first).toMatchObject({ known: true, endedClients: expect.arrayContaining(['test-bank', 'test-shop']) });
    expect(await deletePasskey(pool(), deletion)).toEqual({ known: true, endedClients: [], changedIds: [] });
    expect(await deletePasskey(pool(), { ...deletion, passkeyId: randomUUID() })).toMatchObject({ known: false });
    expect(summarise(await takeEvents(at.network))).toEqual([
      'binding.deleted to test-bank by CARDHOLDER',
      'binding.deleted to test-bank by CARDHOLDER',
      'binding.deleted to test-shop by CARDHOLDER',
      'passkey.deleted to test-bank by CARDHOLDER',
      'passkey.deleted to test-shop by CARDHOLDER',
      'session.ended to test-bank by CARDHOLDER',
      'session.ended to test-shop by CARDHOLDER',
    ]);
    expect(await stateOf(session.authenticationSessionId)).toMatchObject({ state: 'failed' });
    expect(await stateOf(enrolment.body.authenticationSessionId)).toMatchObject({ state: 'failed' });
    expect(await findBindings(bank(), { credentialId: atBank.credentialId })).toMatchObject([
      { status: 'DELETED' },
      { status: 'DELETED' },
    ]);
    expect(await nextStep(paymentOf(pan))).toBe('REGISTER');
    expect(atShop.status).toBe('ACTIVE');
  });

  test('a device is forgotten: the confirmation at the shop names no device, so the page is used', async () => {
    const { atShop, browser } = await enrolCardholder(at);
    const [device] = atShop.devices;
    const one = {
      passkeyId: atShop.credentialId,
      deviceId: device?.appInstanceId ?? '',
      author: CARDHOLDER,
      now: START,
    };
    expect(await forgetDevice(pool(), one)).toBe(true);
    expect(await forgetDevice(pool(), one)).toBe(false);
    const { body: session } = await startPayment(at.shop, paymentBy(atShop.bindingId));
    const offer = session.securePaymentConfirmation;
    const credential = confirmPayment({ authenticator: browser.authenticator, offer, origin: ORIGIN });
    const answer = await reportAssertion(at.shop, session.authenticationSessionId, { outcome: 'ACCEPTED', credential });
    expect(refusalOf(answer).slice(0, 2)).toEqual([409, 'CONFIRMATION_NOT_OFFERED']);
    const opened = await browser.open(session.uri);
    expect((await browser.result(browser.answer(opened.body))).status).toBe(200);
  });
});
