/** The issuer's calls after the binding (contract §12 to §15), against a network double that verifies and decrypts for real. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildStart } from '../../test/start.fixture.ts';
import { createTestTime } from '../../test/time.fixture.ts';
import { type NetworkDouble, refuse, startNetworkDouble } from '../testing/index.ts';
import {
  type AccountReference,
  createIssuer,
  createMemoryEnrolmentStore,
  type Issuer,
  IssuerError,
  mastercard,
  type NetworkProfile,
  ourNetwork,
} from './index.ts';

const BANK = 'http://bank.localhost:4001';
const CARD = { primaryAccountNumber: '5555555555554444' };
const NEW_CARD = { primaryAccountNumber: '5105105105105100', panExpirationMonth: '12', panExpirationYear: '2030' };

const time = createTestTime(new Date('2026-11-24T10:00:00.000Z'));
let network: NetworkDouble;
let issuer: Issuer;

function issuerWith(profile: NetworkProfile): Issuer {
  const { clock, timers } = time;
  const store = createMemoryEnrolmentStore();
  return createIssuer({ ...network.client, network: profile, callbackOrigins: [BANK], store, clock, timers });
}

beforeAll(async () => {
  network = await startNetworkDouble({ clock: time.clock });
  issuer = issuerWith(ourNetwork({ url: network.url, proof: { verify: 'ISSUER', audience: network.audience } }));
});
afterAll(async () => {
  await issuer.close();
  await network.stop();
});

async function failureOf(call: () => Promise<unknown>): Promise<IssuerError> {
  const error: unknown = await call().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof IssuerError)) throw new Error(`expected an IssuerError, got ${String(error)}`);
  return error;
}

async function enrol() {
  const started = await issuer.startEnrolment(buildStart(time.clock()));
  const url = network.callback({ proof: await network.issueProof() });
  const outcome = await issuer.completeEnrolment({ url, browser: started.cookie.value });
  if (outcome.status !== 'ENROLLED') throw new Error(outcome.status);
  return { ...started, ...outcome };
}

describe('sessions.read', () => {
  test('a session that has just been opened, and the same one once its passkey is bound', async () => {
    const { authenticationSessionId, clientSessionId } = await issuer.startEnrolment(buildStart(time.clock()));
    expect(await issuer.sessions.read({ authenticationSessionId })).toMatchObject({
      authenticationSessionId,
      clientSessionId,
      state: 'created',
      createdAt: expect.any(Date),
    });
    const enrolled = await enrol();
    expect(await issuer.sessions.read(enrolled)).toMatchObject({ state: 'bound', bindingId: enrolled.bindingId });
  });

  test('its status and reason, once the browser has its result', async () => {
    const { authenticationSessionId } = await issuer.startEnrolment(buildStart(time.clock()));
    network.reportSession(authenticationSessionId, {
      state: 'cancelled',
      status: 'CANCELLED',
      reason: 'USER_CANCELLATION',
      endedAt: '2026-11-24T10:05:00Z',
    });
    expect(await issuer.sessions.read({ authenticationSessionId })).toMatchObject({
      status: 'CANCELLED',
      reason: 'USER_CANCELLATION',
      endedAt: new Date('2026-11-24T10:05:00Z'),
    });
  });

  test('a session that this client did not open is SESSION_NOT_FOUND', async () => {
    const error = await failureOf(() => issuer.sessions.read({ authenticationSessionId: 'no such/session' }));
    expect(error).toMatchObject({ code: 'NETWORK_REFUSED', refusal: { status: 404, reason: 'SESSION_NOT_FOUND' } });
  });

  test('an answer of another form is NETWORK_ANSWER_INVALID', async () => {
    const { authenticationSessionId } = await issuer.startEnrolment(buildStart(time.clock()));
    network.answerWith(authenticationSessionId, { status: 200, body: { state: 'DONE' } });
    expect(await failureOf(() => issuer.sessions.read({ authenticationSessionId }))).toMatchObject({
      code: 'NETWORK_ANSWER_INVALID',
    });
    network.answerWith(authenticationSessionId, undefined);
  });
});

describe('bindings', () => {
  test.each<[string, AccountReference]>([
    ['a card number', { primaryAccountNumber: '5105105105105100' }],
    ['an e-mail address', { emailAddress: 'avery@bank.example' }],
    ['a mobile number', { mobileNumber: { countryCode: '1', phoneNumber: '5555550100' } }],
  ])('are found by %s, which is sent encrypted', async (_title, account) => {
    const { bindingId, credentialId } = await enrol();
    const found = await issuer.bindings.search({ account });
    expect(found.at(-1)).toMatchObject({ bindingId, credentialId, status: 'ACTIVE', createdAt: time.clock() });
    const sent = network.calls.at(-1);
    expect(Object.keys(JSON.parse(sent?.body ?? ''))).toEqual(['encryptedData']);
  });

  test('are found by their id and by the id of their passkey', async () => {
    const { bindingId, credentialId } = await enrol();
    expect(await issuer.bindings.search({ bindingId })).toMatchObject([{ bindingId }]);
    expect(await issuer.bindings.search({ credentialId })).toMatchObject([{ bindingId }]);
    expect(await issuer.bindings.search({ bindingId: 'none' })).toEqual([]);
  });

  test('one that waits for its issuer is activated; the same call again is answered alike, and a suspension stays', async () => {
    const { bindingId } = network.holdBinding({ accounts: [CARD], status: 'PENDING_ACTIVATION' });
    const update = { bindingId, reasonCode: 'CARDHOLDER_REQUEST' } as const;
    const pending = { bindingId, status: 'PENDING_ACTIVATION' };
    expect(await issuer.bindings.suspend(update)).toEqual([{ ...pending, suspendedBy: ['ISSUER'] }]);
    expect(await issuer.bindings.resume(update)).toEqual([{ ...pending, suspendedBy: [] }]);
    await issuer.bindings.suspend(update);
    expect(await issuer.bindings.activate(update)).toEqual([
      { bindingId, status: 'SUSPENDED', suspendedBy: ['ISSUER'] },
    ]);
    await issuer.bindings.resume(update);
    for (let time = 0; time < 2; time++) {
      expect(await issuer.bindings.activate(update)).toEqual([{ bindingId, status: 'ACTIVE', suspendedBy: [] }]);
    }
    expect(JSON.parse(network.calls.at(-1)?.body ?? '')).toEqual({ ...update, action: 'ACTIVATE' });
  });

  test('one that a shop holds comes with the shop, the last four digits and the facts of its authenticator', async () => {
    const device = {
      appInstanceId: 'device-1',
      firstUsedAt: '2026-11-01T00:00:00Z',
      lastUsedAt: '2026-11-02T00:00:00Z',
    };
    const { bindingId } = network.holdBinding({
      accounts: [CARD],
      heldBy: { role: 'merchant', name: 'Tidewick' },
      panLastFour: '4444',
      lastUsedAt: '2026-11-02T00:00:00Z',
      devices: [device],
    });
    expect(await issuer.bindings.search({ bindingId })).toMatchObject([
      {
        heldBy: { role: 'merchant', name: 'Tidewick' },
        panLastFour: '4444',
        lastUsedAt: new Date('2026-11-02T00:00:00Z'),
        devices: [{ firstUsedAt: new Date('2026-11-01T00:00:00Z') }],
        authenticator: { backupEligible: true, backedUp: true, attestation: 'NONE' },
      },
    ]);
  });

  test('a stolen phone: one call suspends every binding of the account, and the same call again answers the same', async () => {
    const account = { primaryAccountNumber: '5200828282828210' };
    for (const name of ['Tidewick', 'Harbour'])
      network.holdBinding({ accounts: [account], heldBy: { role: 'merchant', name } });
    const suspended = await issuer.bindings.suspend({ account, reasonCode: 'DEVICE_STOLEN' });
    expect(suspended).toMatchObject([
      { status: 'SUSPENDED', suspendedBy: ['ISSUER'] },
      { status: 'SUSPENDED', suspendedBy: ['ISSUER'] },
    ]);
    expect(await issuer.bindings.suspend({ account, reasonCode: 'DEVICE_STOLEN' })).toEqual(suspended);
  });

  test('only those of one passkey, with credentialId', async () => {
    const account = { primaryAccountNumber: '5200828282828210' };
    const { credentialId, bindingId } = network.holdBinding({ accounts: [account] });
    const update = { account, credentialId, reasonCode: 'DEVICE_LOST' } as const;
    expect(await issuer.bindings.remove(update)).toEqual([{ bindingId, status: 'DELETED', suspendedBy: [] }]);
  });

  test('resume takes back only the own suspension', async () => {
    const { bindingId } = network.holdBinding({ accounts: [CARD] });
    const update = { bindingId, reasonCode: 'CARDHOLDER_REQUEST' } as const;
    network.changeBinding({ bindingId, action: 'SUSPEND', by: 'CARDHOLDER' });
    await issuer.bindings.suspend(update);
    expect(await issuer.bindings.resume(update)).toEqual([
      { bindingId, status: 'SUSPENDED', suspendedBy: ['CARDHOLDER'] },
    ]);
    network.changeBinding({ bindingId, action: 'RESUME', by: 'CARDHOLDER' });
    expect(await issuer.bindings.search({ bindingId })).toMatchObject([{ status: 'ACTIVE' }]);
  });

  test('a removed one stays removed: resume and suspend are BINDING_DELETED, an unknown one is BINDING_NOT_FOUND', async () => {
    const { bindingId } = network.holdBinding({ accounts: [CARD] });
    const update = { bindingId, reasonCode: 'ACCOUNT_CLOSED' } as const;
    await issuer.bindings.remove(update);
    expect(await issuer.bindings.remove(update)).toMatchObject([{ status: 'DELETED' }]);
    for (const call of [issuer.bindings.resume, issuer.bindings.suspend]) {
      expect(await failureOf(() => call(update))).toMatchObject({
        refusal: { status: 409, reason: 'BINDING_DELETED' },
      });
    }
    const unknown = { ...update, bindingId: 'none' };
    expect(await failureOf(() => issuer.bindings.remove(unknown))).toMatchObject({
      refusal: { status: 404, reason: 'BINDING_NOT_FOUND' },
    });
  });

  test.each([
    ['nothing', undefined, 'bindings.suspend'],
    ['no target', { reasonCode: 'DEVICE_LOST' }, 'account, bindingId'],
    ['two targets', { account: CARD, bindingId: 'b', reasonCode: 'DEVICE_LOST' }, 'exactly one of account, bindingId'],
    [
      'two accounts',
      { account: { ...CARD, emailAddress: 'a@b.example' }, reasonCode: 'DEVICE_LOST' },
      'exactly one of primaryAccountNumber',
    ],
    ['no account', { account: {}, reasonCode: 'DEVICE_LOST' }, 'exactly one of primaryAccountNumber'],
    [
      'a card number with spaces',
      { account: { primaryAccountNumber: '5555 5555' }, reasonCode: 'DEVICE_LOST' },
      'account/primaryAccountNumber',
    ],
    ['another reason', { bindingId: 'b', reasonCode: 'BORED' }, 'reasonCode must be one of'],
    ['no reason', { bindingId: 'b' }, 'reasonCode must be one of'],
    ['an id that is a number', { bindingId: 1, reasonCode: 'DEVICE_LOST' }, 'bindingId'],
  ])('suspend with %s is INVALID_OPTIONS, names the field, and sends nothing', async (_title, given, named) => {
    const before = network.calls.length;
    const error = await failureOf(() => issuer.bindings.suspend(given as Parameters<Issuer['bindings']['suspend']>[0]));
    expect(error.code).toBe('INVALID_OPTIONS');
    expect(error.message).toContain(named);
    expect(error.message).not.toMatch(/5555|a@b/);
    expect(network.calls.length).toBe(before);
  });
});

describe('accounts.replace', () => {
  test('moves every binding of the old card, and counts the same again', async () => {
    const from = { primaryAccountNumber: '5454545454545454' };
    const { bindingId } = network.holdBinding({ accounts: [from], panLastFour: '5454' });
    expect(
      await issuer.accounts.replace({ from, to: { ...NEW_CARD, primaryAccountNumber: '5577000055770004' } }),
    ).toEqual({ bindings: 1 });
    expect(
      await issuer.accounts.replace({ from, to: { ...NEW_CARD, primaryAccountNumber: '5577000055770004' } }),
    ).toEqual({ bindings: 1 });
    expect(await issuer.bindings.search({ bindingId })).toMatchObject([{ panLastFour: '0004' }]);
    expect(network.calls.map(({ body }) => body).join()).not.toMatch(/5454545454545454|5577000055770004/);
  });

  test.each([
    ['from', { from: {}, to: NEW_CARD }, 'from/primaryAccountNumber'],
    ['to', { from: CARD, to: { ...NEW_CARD, panExpirationMonth: '13' } }, 'to/panExpirationMonth'],
    ['an expiry date', { from: CARD, to: CARD }, 'to/panExpirationYear'],
  ])('a wrong %s is INVALID_OPTIONS and names the field', async (_title, given, named) => {
    const error = await failureOf(() => issuer.accounts.replace(given as Parameters<Issuer['accounts']['replace']>[0]));
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS', message: expect.stringContaining(named) });
    expect(error.message).not.toContain('5555');
  });
});

describe('a network that is slow, down or of another kind', () => {
  const update = { bindingId: 'b', reasonCode: 'DEVICE_LOST' } as const;

  test('an answer that is lost: the same call is made again, with a signature of its own', async () => {
    const { bindingId } = network.holdBinding({ accounts: [CARD] });
    network.injectFaults('LOSE_ANSWER');
    expect(await issuer.bindings.suspend({ ...update, bindingId })).toMatchObject([{ status: 'SUSPENDED' }]);
    network.injectFaults('CUT');
    expect(await issuer.bindings.search({ bindingId })).toMatchObject([{ status: 'SUSPENDED' }]);
  });

  test('no answer within the deadline is NETWORK_UNREACHABLE', async () => {
    network.injectFaults(...Array.from({ length: 3 }, () => ({ hang: () => time.pass(4500) })));
    const error = await failureOf(() => issuer.bindings.suspend(update));
    expect(error.code).toBe('NETWORK_UNREACHABLE');
    network.injectFaults();
  });

  test('a key that the network has just replaced is fetched again', async () => {
    const { bindingId } = network.holdBinding({ accounts: [CARD] });
    await network.rotateEncryptionKey();
    time.pass(31_000); // a key set is fetched at most every thirty seconds
    const found = await issuer.bindings.search({ account: CARD });
    expect(found.map((each) => each.bindingId)).toContain(bindingId);
  });

  test("a refusal keeps the network's words, without values", async () => {
    network.answerWith('/statusupdates', {
      ...refuse('ACCOUNT_NOT_ELIGIBLE'),
      body: {
        errordetail: [{ reason: 'ACCOUNT_NOT_ELIGIBLE', message: 'not 5555555555554444 of avery@bank.example' }],
      },
    });
    const error = await failureOf(() => issuer.bindings.suspend({ account: CARD, reasonCode: 'DEVICE_LOST' }));
    expect(error).toMatchObject({ code: 'NETWORK_REFUSED', refusal: { status: 403, reason: 'ACCOUNT_NOT_ELIGIBLE' } });
    expect(error.message + error.refusal?.description).not.toMatch(/5555|avery/);
    network.answerWith('/statusupdates', undefined);
  });

  test("Mastercard's profile has none of these calls: CALL_NOT_OFFERED, with what to use instead, and nothing is sent", async () => {
    const jwk = { kty: 'RSA', kid: 'k', n: network.signingKey.publicKey.export({ format: 'jwk' }).n, e: 'AQAB' };
    const profile = mastercard({
      environment: 'sandbox',
      encryptionKey: { jwk },
      proof: { verify: 'NETWORK', audience: 'https://mastercard.com' },
    });
    const elsewhere = issuerWith(profile);
    const calls = [
      () => elsewhere.bindings.search({ account: CARD }),
      () => elsewhere.bindings.suspend(update),
      () => elsewhere.accounts.replace({ from: CARD, to: NEW_CARD }),
      () => elsewhere.sessions.read({ authenticationSessionId: 'a' }),
    ];
    for (const call of calls) {
      const error = await failureOf(call);
      expect(error).toMatchObject({
        code: 'CALL_NOT_OFFERED',
        message: expect.stringContaining('MDES Customer Service'),
      });
    }
    const { lifecycle: _, ...silent } = profile;
    const own = issuerWith(silent);
    expect(await failureOf(() => own.bindings.suspend(update))).toMatchObject({ code: 'CALL_NOT_OFFERED' });
    await Promise.all([elsewhere.close(), own.close()]);
  });
});
