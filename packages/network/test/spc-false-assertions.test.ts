/** A false assertion of Secure Payment Confirmation (contract §10): each lie is refused by its own code. */
import { randomBytes } from 'node:crypto';
import type { PaymentClientData } from '@payment-passkeys/authenticator';
import {
  buildPaymentInfo,
  buildTransaction,
  reportAssertion,
  startPayment,
  TEST_MERCHANT,
} from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cardOf, enrolAtBank, reason, startTestShop, type TestShop } from './shop.ts';
import { confirm, createConfirmationSteps, type Started } from './spc-steps.ts';

const START = new Date('2026-11-24T12:00:00Z');
let at: TestShop;
let logLines: string[] = [];
beforeAll(async () => {
  at = await startTestShop({ LOG_LEVEL: 'debug' }, { logStream: { write: (line) => void logLines.push(line) } });
});
afterAll(() => at.network.stop());
beforeEach(() => {
  at.network.now = START;
  logLines = [];
});

const pool = () => at.network.database.pool;
const { start, accept, stateOf } = createConfirmationSteps(() => at);

const outcomeOf = (answer: { readonly status: number; readonly body: { errordetail?: { reason: string }[] } }) => [
  answer.status,
  reason(answer),
];

/** The metrics as Prometheus reads them. */
async function refusals(code: string): Promise<number> {
  const text = await (await fetch(`${at.network.address}/metrics`)).text();
  const line = new RegExp(`^payment_passkeys_payment_assertions_refused_total\\{.*code="${code}".*\\} (\\d+)$`, 'm');
  return Number(line.exec(text)?.[1] ?? 0);
}

/** The log lines about refused assertions. */
function refusalRecords(): readonly Record<string, unknown>[] {
  return logLines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'payment assertion refused');
}

describe('a lie is refused by its own code, recorded, and uses the challenge up', () => {
  const shown = (changes: object) => (honest: PaymentClientData) => ({
    ...honest,
    payment: { ...honest.payment, ...changes },
  });
  test.each([
    ['another amount shown than sent', shown({ total: { currency: 'USD', value: '1.00' } }), 'PAYMENT_TOTAL_MISMATCH'],
    ['another currency', shown({ total: { currency: 'JPY', value: '12.34' } }), 'PAYMENT_TOTAL_MISMATCH'],
    ['another payee', shown({ payeeName: 'Test Shop Outlet' }), 'PAYMENT_PAYEE_MISMATCH'],
    ['a payee’s origin that was not given', shown({ payeeOrigin: 'https://shop.example' }), 'PAYMENT_PAYEE_MISMATCH'],
    [
      'another origin',
      (it: PaymentClientData) => ({ ...it, origin: 'https://shop.example' }),
      'PAYMENT_ORIGIN_MISMATCH',
    ],
    ['within a page of another origin', shown({ topOrigin: 'https://other.example' }), 'PAYMENT_ORIGIN_MISMATCH'],
    ['another relying party', shown({ rpId: 'shop.localhost' }), 'PAYMENT_RELYING_PARTY_MISMATCH'],
    [
      'another card',
      shown({ instrument: { displayName: '•••• 0000', icon: 'data:,' } }),
      'PAYMENT_INSTRUMENT_MISMATCH',
    ],
    [
      'a sign-in in the place of a payment',
      (it: PaymentClientData) => ({ ...it, type: 'webauthn.get' }),
      'PAYMENT_TYPE_MISMATCH',
    ],
    [
      'a challenge of nobody’s',
      (it: PaymentClientData) => ({ ...it, challenge: randomBytes(32).toString('base64url') }),
      'PAYMENT_CHALLENGE_MISMATCH',
    ],
  ] as const)('%s', async (_, lie, code) => {
    const before = await refusals(code);
    const started = await start();
    const answer = await accept(started.id, confirm(started, { lie }));
    expect(outcomeOf(answer)).toEqual([400, code]);
    expect(await refusals(code)).toBe(before + 1);
    expect(refusalRecords()).toMatchObject([{ level: 40, code, clientId: TEST_MERCHANT.clientId }]);
    expect(await stateOf(started.id)).toBe('created');
    // The challenge is consumed; the hosted page still works.
    expect(outcomeOf(await accept(started.id, confirm(started)))).toEqual([409, 'CONFIRMATION_NOT_OFFERED']);
    expect((await started.browser.open(started.session.uri)).body.scenario).toBe('PAY');
  });

  test('a challenge of another payment', async () => {
    const [small, large] = [await start(), await start({ orderId: 'large' })];
    const other = {
      ...large,
      browser: small.browser,
      session: { ...large.session, securePaymentConfirmation: small.session.securePaymentConfirmation },
    } as Started;
    expect(outcomeOf(await accept(large.id, confirm(other)))).toEqual([400, 'PAYMENT_CREDENTIAL_MISMATCH']);
    const again = await start({}, small.pan);
    const first = await startPayment(
      at.shop,
      buildPaymentInfo({ accountReferences: cardOf(small.pan), transaction: buildTransaction() }),
    );
    const ofFirst = { ...again, session: first.body } as Started;
    expect(outcomeOf(await accept(again.id, confirm(ofFirst)))).toEqual([400, 'PAYMENT_CHALLENGE_MISMATCH']);
  });

  test('a credential of another cardholder', async () => {
    const [mine, theirs] = [await start(), await start()];
    const [credential] = theirs.browser.authenticator.credentials;
    if (credential === undefined) throw new Error('The other cardholder has a passkey.');
    const stolen = confirm({ ...mine, browser: theirs.browser }, { credentialId: credential.credentialId });
    expect(outcomeOf(await accept(mine.id, stolen))).toEqual([400, 'PAYMENT_CREDENTIAL_MISMATCH']);
    expect(refusalRecords()).toMatchObject([{ code: 'PAYMENT_CREDENTIAL_MISMATCH' }]);
  });

  test('a passkey of the card that was not handed out, because it was made afterwards', async () => {
    const started = await start();
    const newer = await enrolAtBank(at, started.pan);
    const [credential] = newer.authenticator.credentials;
    if (credential === undefined) throw new Error('There is another passkey.');
    const late = confirm({ ...started, browser: newer }, { credentialId: credential.credentialId });
    expect(outcomeOf(await accept(started.id, late))).toEqual([400, 'PAYMENT_CREDENTIAL_MISMATCH']);
  });

  test('a passkey that was suspended meanwhile', async () => {
    const started = await start();
    const [credential] = started.browser.authenticator.credentials;
    await pool().query(`UPDATE passkey SET status = 'suspended' WHERE webauthn_id = $1`, [credential?.credentialId]);
    expect(outcomeOf(await accept(started.id, confirm(started)))).toEqual([400, 'PAYMENT_CREDENTIAL_MISMATCH']);
  });

  test('a signature over something else', async () => {
    const started = await start();
    const credential = confirm(started);
    const signature = Buffer.from(credential.response.signature, 'base64url');
    signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
    const response = { ...credential.response, signature: signature.toString('base64url') };
    const before = await refusals('CREDENTIAL_REFUSED');
    expect(outcomeOf(await accept(started.id, { ...credential, response }))).toEqual([400, 'CREDENTIAL_REFUSED']);
    expect(await refusals('CREDENTIAL_REFUSED')).toBe(before + 1);
    expect(refusalRecords()).toMatchObject([{ code: 'CREDENTIAL_REFUSED' }]);
  });

  test('an assertion of the hosted page in the place of a payment, and the other way round', async () => {
    const started = await start();
    const { body: opened } = await started.browser.open(started.session.uri);
    const confirmed = confirm(started);
    // The client data has the type `payment.get`, which none of the page's ceremonies accepts.
    expect(reason(await started.browser.result(confirmed))).toBe('CREDENTIAL_REFUSED');
    const other = await start({}, started.pan);
    const signIn = started.browser.authenticator.use({
      options: { ...opened.options, challenge: other.session.securePaymentConfirmation?.challenge ?? '' },
      origin: at.network.publicUrl,
    });
    expect(outcomeOf(await accept(other.id, signIn))).toEqual([400, 'PAYMENT_TYPE_MISMATCH']);
  });

  test('is told and recorded with no value of the payment, of the card or of the credential', async () => {
    const started = await start();
    const lie = shown({ total: { currency: 'USD', value: '87654.32' } });
    const credential = confirm(started, { lie });
    logLines = [];
    const { body } = await accept(started.id, credential);
    const [record] = refusalRecords();
    expect(Object.keys(record ?? {}).sort()).toEqual([
      'clientId',
      'code',
      'hostname',
      'level',
      'msg',
      'pid',
      'reqId',
      'time',
    ]);
    const text = JSON.stringify(body) + logLines.join('');
    for (const value of [
      '87654.32',
      '12.34',
      started.pan,
      started.info.transaction.orderId,
      credential.id,
      credential.response.signature,
      credential.response.clientDataJSON,
    ]) {
      expect(text).not.toContain(value);
    }
  });

  test('what is no lie is no such record: an outcome of the cardholder’s, and an assertion that is taken', async () => {
    const [taken, aborted] = [await start(), await start()];
    expect((await accept(taken.id, confirm(taken))).status).toBe(200);
    expect((await reportAssertion(at.shop, aborted.id, { outcome: 'ABORTED' })).status).toBe(200);
    expect(outcomeOf(await accept(aborted.id, confirm(aborted)))).toEqual([409, 'SESSION_OVER']);
    expect(refusalRecords()).toEqual([]);
  });
});
