/** A suspension or a deletion at the same moment as a payment: after its answer no payment is approved (contract §12). */
import { confirmPayment } from '@payment-passkeys/authenticator';
import { buildPaymentInfo, buildTransaction, reportAssertion, startPayment } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deletePasskey } from '../src/domain/bindings/passkey-deletion.ts';
import {
  act,
  CARDHOLDER,
  type Cardholder,
  enrolCardholder,
  findBindings,
  inOrder,
  inOrderAt,
  ofPan,
  replaceCard,
  replacementOf,
} from './lifecycle.ts';
import { proofOf } from './running-network.ts';
import { storedState } from './session-steps.ts';
import { cardOf, enrolAtBank, freshPan, startTestShop, type TestShop, verifyAtShop } from './shop.ts';

const ORIGIN = 'http://shop.localhost:4002';
let at: TestShop;
beforeAll(async () => {
  at = await startTestShop();
});
afterAll(() => at.network.stop());

const pool = () => at.network.database.pool;
const bank = () => at.network.client;
const stateOf = (sessionId: string) => storedState(at.network, sessionId);

interface Approval {
  readonly sessionId: string;
  /** The binding by which the card finds the passkey. */
  readonly bindingId: string;
  readonly account: ReturnType<typeof ofPan>;
  readonly passkeyId: string;
  readonly approve: () => Promise<{ readonly status: number }>;
}

const byBinding = ({ atShop }: Cardholder) => {
  const { accountReferences: _, ...info } = buildPaymentInfo({ transaction: buildTransaction() });
  return { ...info, bindingId: atShop.bindingId };
};

/** Each starts a payment, up to the request that approves it. */
const PAYMENTS = {
  'on the page': async (): Promise<Approval> => {
    const cardholder = await enrolCardholder(at);
    const { pan, browser, atShop } = cardholder;
    const { body: session } = await startPayment(at.shop, byBinding(cardholder));
    const credential = browser.answer((await browser.open(session.uri)).body);
    return {
      sessionId: session.authenticationSessionId,
      bindingId: atShop.bindingId,
      account: ofPan(pan),
      passkeyId: atShop.credentialId,
      approve: () => browser.result(credential),
    };
  },
  'confirmed at the shop': async (): Promise<Approval> => {
    const cardholder = await enrolCardholder(at);
    const { pan, browser, atShop } = cardholder;
    const { body: session } = await startPayment(at.shop, byBinding(cardholder));
    const offer = session.securePaymentConfirmation;
    const credential = confirmPayment({ authenticator: browser.authenticator, offer, origin: ORIGIN });
    const sessionId = session.authenticationSessionId;
    return {
      sessionId,
      bindingId: atShop.bindingId,
      account: ofPan(pan),
      passkeyId: atShop.credentialId,
      approve: () => reportAssertion(at.shop, sessionId, { outcome: 'ACCEPTED', credential }),
    };
  },
  'the first one at the shop, which makes a binding': async (): Promise<Approval> => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const [atBank] = await findBindings(bank(), { account: ofPan(pan) });
    if (atBank === undefined) throw new Error('The bank has a binding.');
    const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
    const { body: session } = await startPayment(at.shop, info);
    const credential = browser.answer((await browser.open(session.uri)).body);
    return {
      sessionId: session.authenticationSessionId,
      bindingId: atBank.bindingId,
      account: ofPan(pan),
      passkeyId: atBank.credentialId,
      approve: () => browser.result(credential),
    };
  },
};

const ACTS = {
  'a suspension': ({ account }: Approval) => act(bank(), 'SUSPEND', { account }),
  'a deletion': ({ account }: Approval) => act(bank(), 'DELETE', { account }),
  'the passkey’s deletion': async ({ passkeyId }: Approval) => {
    const deletion = { by: 'CARDHOLDER', author: CARDHOLDER, reasonCode: 'DEVICE_LOST', now: at.network.now } as const;
    await deletePasskey(pool(), { ...deletion, passkeyId });
    return { status: 200 };
  },
};

const PAIRS = (Object.keys(ACTS) as (keyof typeof ACTS)[]).flatMap((deed) =>
  (Object.keys(PAYMENTS) as (keyof typeof PAYMENTS)[]).map((payment) => [deed, payment] as const),
);

describe('whichever is first decides', () => {
  test.each(PAIRS)('%s, then a payment %s: it is not approved', async (deed, payment) => {
    const approval = await PAYMENTS[payment]();
    const [stopped, approved] = await inOrder(
      at,
      approval.bindingId,
      () => ACTS[deed](approval),
      () => approval.approve(),
    );
    expect([stopped?.status, approved?.status]).toEqual([200, 401]);
    expect(await stateOf(approval.sessionId)).toBe('failed');
    const { rows } = await pool().query('SELECT FROM binding WHERE passkey_id = $1 AND last_used_at IS NOT NULL', [
      approval.passkeyId,
    ]);
    expect(rows).toEqual([]);
  });

  test.each(PAIRS)('a payment, then %s (%s): it is approved, and then no other', async (deed, payment) => {
    const approval = await PAYMENTS[payment]();
    const [approved, stopped] = await inOrder(
      at,
      approval.bindingId,
      () => approval.approve(),
      () => ACTS[deed](approval),
    );
    expect([approved?.status, stopped?.status]).toEqual([200, 200]);
    expect(await stateOf(approval.sessionId)).toBe('approved');
    const { primaryAccountNumber: pan = '' } = approval.account;
    const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
    expect((await startPayment(at.shop, info)).body.nextStep).toBe('REGISTER');
  });
});

describe('an enrolment at the shop', () => {
  const bindOf = async ({ pan, browser }: Cardholder) => {
    const { session, proof } = await verifyAtShop(at, pan, browser);
    const handles = { authenticationSessionId: session.authenticationSessionId, proofOfAuthentication: proof };
    return { sessionId: handles.authenticationSessionId, bind: () => at.shop.bind(handles) };
  };

  test('a suspension, then its binding: refused', async () => {
    const cardholder = await enrolCardholder(at);
    const { sessionId, bind } = await bindOf(cardholder);
    const target = { bindingId: cardholder.atShop.bindingId };
    const [suspended, bound] = await inOrder(at, target.bindingId, () => act(bank(), 'SUSPEND', target), bind);
    expect([suspended?.status, bound?.status]).toEqual([200, 409]);
    expect(await stateOf(sessionId)).toBe('failed');
  });

  test('its binding, then a suspension: bound, and suspended', async () => {
    const cardholder = await enrolCardholder(at);
    const { sessionId, bind } = await bindOf(cardholder);
    const target = { bindingId: cardholder.atShop.bindingId };
    const [bound, suspended] = await inOrder(at, target.bindingId, bind, () => act(bank(), 'SUSPEND', target));
    expect([bound?.status, suspended?.status]).toEqual([201, 200]);
    expect(await stateOf(sessionId)).toBe('bound');
    expect(await findBindings(at.shop, target)).toMatchObject([{ status: 'SUSPENDED' }]);
  });
});

describe('an enrolment at the bank', () => {
  const ready = async () => {
    const browser = at.network.browser();
    const { body: session } = await bank().startSession({ info: { accountReferences: cardOf(freshPan()) } });
    const { redirect } = (await browser.result(browser.answer((await browser.open(session.uri)).body))).body;
    const { authenticationSessionId } = session;
    const { rows } = await pool().query('SELECT passkey_id FROM session WHERE session_id = $1', [
      authenticationSessionId,
    ]);
    const passkeyId: string = rows[0].passkey_id;
    const deletion = {
      passkeyId,
      by: 'CARDHOLDER',
      author: CARDHOLDER,
      reasonCode: 'DEVICE_LOST',
      now: at.network.now,
    } as const;
    return {
      passkey: { table: 'passkey', id: passkeyId } as const,
      bind: async () =>
        (await bank().bind({ authenticationSessionId, proofOfAuthentication: proofOf(redirect) })).status,
      remove: async () => ((await deletePasskey(pool(), deletion)).known ? 'DELETED' : 'UNKNOWN'),
      countBindings: async () =>
        (await pool().query('SELECT FROM binding WHERE passkey_id = $1', [passkeyId])).rowCount,
    };
  };

  test('the passkey’s deletion, then its binding: refused', async () => {
    const { passkey, bind, remove, countBindings } = await ready();
    expect(await inOrderAt<unknown>(at, passkey, remove, bind)).toEqual(['DELETED', 409]);
    expect(await countBindings()).toBe(0);
  });

  test('again with the same passkey, while its binding is deleted: the enrolment is over, and binds nothing', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const { body: session } = await bank().startSession({ info: { accountReferences: cardOf(pan) } });
    const { redirect } = (await browser.result(browser.answer((await browser.open(session.uri)).body))).body;
    expect((await act(bank(), 'DELETE', { account: ofPan(pan) })).status).toBe(200);
    const { authenticationSessionId } = session;
    const bound = await bank().bind({ authenticationSessionId, proofOfAuthentication: proofOf(redirect) });
    expect([bound.status, await findBindings(bank(), { account: ofPan(pan) })]).toEqual([409, []]);
  });

  test('its binding, then the passkey’s deletion: bound, and deleted with it', async () => {
    const { passkey, bind, remove, countBindings } = await ready();
    expect(await inOrderAt<unknown>(at, passkey, bind, remove)).toEqual([201, 'DELETED']);
    expect(await countBindings()).toBe(0);
  });
});

describe('a replaced card', () => {
  const replace = (pan: string, to: string) => replaceCard(bank(), replacementOf(pan, to));

  test.each(Object.keys(PAYMENTS) as (keyof typeof PAYMENTS)[])(
    'a payment %s, then the replacement: it is approved, and its binding is the new card’s',
    async (payment) => {
      const approval = await PAYMENTS[payment]();
      const { primaryAccountNumber: pan = '' } = approval.account;
      const to = freshPan();
      const answers = await inOrder<{ readonly status: number }>(
        at,
        approval.bindingId,
        () => approval.approve(),
        () => replace(pan, to),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(await findBindings(bank(), { account: ofPan(pan) })).toEqual([]);
      expect(await findBindings(bank(), { account: ofPan(to) })).toHaveLength(2);
    },
  );

  test('the replacement, then a payment with the old card: it is over', async () => {
    const approval = await PAYMENTS['on the page']();
    const { primaryAccountNumber: pan = '' } = approval.account;
    const answers = await inOrder<{ readonly status: number }>(
      at,
      approval.bindingId,
      () => replace(pan, freshPan()),
      () => approval.approve(),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 401]);
    expect(await stateOf(approval.sessionId)).toBe('failed');
  });

  test('the replacement, then a passkey that registers on the way to a payment with the old card: over, and neither waits for the other', async () => {
    const { pan, browser, atShop } = await enrolCardholder(at);
    await act(at.shop, 'SUSPEND', { bindingId: atShop.bindingId }); // so that the shop is told to register
    const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
    const { body: session } = await startPayment(at.shop, info);
    await browser.open(session.uri);
    const { claims } = await at.issuer.read((await browser.consent()).body.redirect);
    await browser.visit(await at.issuer.answer(claims.jti));
    const credential = browser.answer((await browser.open(session.uri)).body);
    const answers = await inOrder<{ readonly status: number }>(
      at,
      atShop.bindingId,
      () => replace(pan, freshPan()),
      () => browser.result(credential),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 401]);
  });
});

test('suspensions by two parties at once: both words count', async () => {
  const { atShop } = await enrolCardholder(at);
  const target = { bindingId: atShop.bindingId };
  await inOrder(
    at,
    target.bindingId,
    () => act(bank(), 'SUSPEND', target),
    () => act(at.shop, 'SUSPEND', target),
    () => act(bank(), 'RESUME', target),
  );
  expect(await findBindings(at.shop, target)).toMatchObject([{ suspendedBy: ['MERCHANT'] }]);
});

test('a deletion, then a suspension of the same binding: the suspension finds it deleted', async () => {
  const { atShop } = await enrolCardholder(at);
  const target = { bindingId: atShop.bindingId };
  const [deleted, suspended] = await inOrder(
    at,
    target.bindingId,
    () => act(at.shop, 'DELETE', target),
    () => act(bank(), 'SUSPEND', target),
  );
  expect([deleted?.status, suspended?.status, suspended?.body.errordetail[0].reason]).toEqual([
    200,
    409,
    'BINDING_DELETED',
  ]);
});
