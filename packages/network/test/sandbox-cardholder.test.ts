/** The cardholder without a browser (contract §19) at a bank with the issuer kit: every action at every page, refused calls, and devices. */
import { SESSION_SECONDS } from '@payment-passkeys/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findDevice } from '../src/sandbox/cardholder/device-store.ts';
import { type CardholderCaller, endOf, newDevice, openCardholder } from './cardholder-caller.ts';
import { cardOf, freshPan, startTestShop, type TestShop } from './shop.ts';

const START = new Date('2026-11-24T12:00:00Z');
let at: TestShop;
let cardholder: CardholderCaller;

beforeAll(async () => {
  at = await startTestShop();
  cardholder = openCardholder(at);
});
afterAll(async () => {
  await cardholder.issuer.close();
  await at.network.stop();
});
beforeEach(() => {
  at.network.now = START;
});

describe("the bank's kit", () => {
  test('enrols with a passkey that is created, and again with the same passkey, used', async () => {
    const [pan, device] = [freshPan(), newDevice()];
    expect(await cardholder.enrolByKit(pan, { do: 'CREATE', device })).toMatchObject({ status: 'ENROLLED' });
    expect(await cardholder.enrolByKit(pan, { do: 'USE', device })).toMatchObject({ status: 'ENROLLED' });
  });

  test('enrols without a device’s name: a new device each time', async () => {
    const pan = freshPan();
    expect(await cardholder.enrolByKit(pan, { do: 'CREATE' })).toMatchObject({ status: 'ENROLLED' });
    expect(await cardholder.enrolByKit(freshPan(), { do: 'CREATE' })).toMatchObject({ status: 'ENROLLED' });
  });

  test.each([
    ['NOT_NOW', { status: 'CANCELLED', reason: 'USER_CANCELLATION' }],
    ['CANCEL', { status: 'ERROR', reason: 'CREDENTIALS_CREATION_NOT_ALLOWED' }],
    ['FAIL', { status: 'ERROR', reason: 'CREDENTIALS_CREATION_NOT_ALLOWED' }],
  ])('hears of %s', async (action, expected) => {
    expect(await cardholder.enrolByKit(freshPan(), { do: action })).toMatchObject(expected);
  });
});

describe('at the page of an enrolment', () => {
  test('USE of a passkey is cancelled, or fails', async () => {
    const [pan, device] = [freshPan(), newDevice()];
    await cardholder.enrolByKit(pan, { do: 'CREATE', device });
    for (const action of ['CANCEL', 'FAIL'])
      expect(endOf(await cardholder.go({ uri: await cardholder.startAtBank(pan), do: action, device }))).toBe(
        'ERROR CREDENTIALS_NOT_VERIFIED',
      );
  });

  test('CREATE on a device that has a passkey of the card: DUPLICATE_CREDENTIALS', async () => {
    const [pan, device] = [freshPan(), newDevice()];
    await cardholder.enrolByKit(pan, { do: 'CREATE', device });
    expect(endOf(await cardholder.go({ uri: await cardholder.startAtBank(pan), do: 'CREATE', device }))).toBe(
      'ERROR DUPLICATE_CREDENTIALS',
    );
  });

  test('CLOSE leads nowhere, and the session stays open', async () => {
    const session = (await at.network.client.startSession({ info: { accountReferences: cardOf(freshPan()) } })).body;
    expect(await cardholder.ask({ uri: session.uri, do: 'CLOSE' })).toEqual({ status: 200, body: { redirect: null } });
    const { body } = await at.network.client.read(`/authentication/sessions/${session.authenticationSessionId}`);
    expect(body.state).toBe('opened');
  });

  test('a session that is over ends at the callback, as the page ends', async () => {
    const uri = await cardholder.startAtBank();
    at.network.now = new Date(START.getTime() + SESSION_SECONDS * 1000);
    expect(endOf(await cardholder.go({ uri, do: 'CREATE' }))).toBe('ERROR PERMISSION_DENIED');
  });

  test('an address without its token ends at the callback with INVALID_QUERY_PARAMS', async () => {
    const uri = (await cardholder.startAtBank()).replace(/#.*/, '');
    expect(endOf(await cardholder.go({ uri, do: 'CREATE' }))).toBe('ERROR INVALID_QUERY_PARAMS');
  });
});

describe('an outcome by data', () => {
  test.each([
    ['service-unavailable@open', 'ERROR SERVICE_UNAVAILABLE'],
    ['lost@open', 'ERROR UNKNOWN_ERROR'],
    // The page sends the result a second time.
    ['lost@result', 'ENROLLED'],
    ['duplicate-credentials@open', 'ERROR DUPLICATE_CREDENTIALS'],
  ])('%s is met as the page meets it', async (outcome, expected) => {
    const accountReferences = { ...cardOf(freshPan()), emailAddresses: [`${outcome}.sandbox.example`] };
    const uri = await cardholder.startAtBank(freshPan(), { accountReferences });
    expect(endOf(await cardholder.go({ uri, do: 'CREATE' }))).toBe(expected);
  });
});

describe('what cannot be done is refused, with the field and the remedy', () => {
  test('an address of another origin', async () => {
    expect(await cardholder.refusalOf({ uri: 'https://other.example/auth/passkeys#a', do: 'CREATE' })).toMatchObject({
      status: 400,
      reason: 'INVALID_FIELD',
      source: '/uri',
      message: expect.stringContaining(`${at.network.publicUrl}/auth/passkeys`),
    });
  });

  test('an address without a session', async () => {
    const uri = (await cardholder.startAtBank()).replace(
      /authenticationSessionId=[^&]+/,
      'authenticationSessionId=8Tn5w1VlVm5zVwXvXmcx0g1u7oD2kq4Y',
    );
    expect(await cardholder.refusalOf({ uri, do: 'CREATE' })).toMatchObject({
      status: 404,
      reason: 'SESSION_NOT_FOUND',
      source: '/uri',
      message: expect.stringContaining('Sessions answer'),
    });
  });

  test('an address that leads to an error page', async () => {
    const uri = `${at.network.publicUrl}/auth/passkeys?clientId=test-bank`;
    expect(await cardholder.refusalOf({ uri, do: 'CREATE' })).toMatchObject({
      status: 409,
      reason: 'PAGE_STOPPED',
      source: '/uri',
    });
  });

  test('USE on a device without the passkey; with the right device the same session goes on', async () => {
    const [pan, device, other] = [freshPan(), newDevice(), newDevice()];
    await cardholder.enrolByKit(pan, { do: 'CREATE', device });
    expect(
      await cardholder.refusalOf({ uri: await cardholder.startAtBank(pan), do: 'USE', device: other }),
    ).toMatchObject({
      status: 409,
      reason: 'DEVICE_WITHOUT_PASSKEY',
      source: '/device',
    });
  });

  test('an offer that is not what `do` wants, and the same session goes on with the right one', async () => {
    const [uri, device] = [await cardholder.startAtBank(), newDevice()];
    expect(await cardholder.refusalOf({ uri, do: 'USE', device })).toMatchObject({
      status: 409,
      reason: 'NOT_OFFERED',
      source: '/do',
      message: expect.stringContaining('CREATE'),
    });
    expect(endOf(await cardholder.go({ uri, do: 'CREATE', device }))).toBe('ENROLLED');
  });

  test.each([
    ['an unknown action', { uri: 'http://verify.localhost:4000/auth/passkeys', do: 'JUMP' }, '/do'],
    ['no address', { do: 'CREATE' }, '/uri'],
    [
      'a name that is none',
      { uri: 'http://verify.localhost:4000/auth/passkeys', do: 'CREATE', device: 'a b' },
      '/device',
    ],
  ])('%s', async (_, body, source) => {
    expect(await cardholder.refusalOf(body)).toMatchObject({ status: 400, source });
  });
});

describe('devices', () => {
  const stored = async () =>
    (await at.network.database.pool.query('SELECT name, state FROM sandbox_cardholder_device ORDER BY used_at')).rows;

  test('no cookie and no private key is readable where they are stored', async () => {
    const device = newDevice();
    await cardholder.enrolByKit(freshPan(), { do: 'CREATE', device });
    const { state } = (await stored()).find(({ name }) => name === device);
    expect(state.toString('latin1')).not.toMatch(/cookies|privateKey|__Host-/);
  });

  test('many calls at once for one device lose no passkey', async () => {
    const device = newDevice();
    const pans = Array.from({ length: 6 }, () => freshPan());
    const ends = await Promise.all(
      pans.map(async (pan) => cardholder.go({ uri: await cardholder.startAtBank(pan), do: 'CREATE', device })),
    );
    // The calls are like tabs of one browser: a tab that opens after another one has made a passkey cannot make a second passkey.
    const made = ends.filter((end) => endOf(end) === 'ENROLLED').length;
    expect(ends.filter((end) => endOf(end) === 'ERROR DUPLICATE_CREDENTIALS')).toHaveLength(ends.length - made);
    expect((await findDevice(device, at.network.running.network)).authenticator.credentials).toHaveLength(made);
  });

  test('a thousand devices are kept, those that were used last', async () => {
    await at.network.database.pool.query(
      `INSERT INTO sandbox_cardholder_device (name, state, used_at)
       SELECT 'filler-' || n, '\\x00', $1::timestamptz - interval '1 day' - n * interval '1 minute' FROM generate_series(1, 1000) n`,
      [START],
    );
    await cardholder.go({ uri: await cardholder.startAtBank(), do: 'CREATE', device: newDevice() });
    const names = (await stored()).map(({ name }) => name);
    expect(names).toHaveLength(1000);
    expect(names).not.toContain('filler-1000');
    expect(names).toContain('filler-1');
    await at.network.database.pool.query("DELETE FROM sandbox_cardholder_device WHERE name LIKE 'filler-%'");
  });

  test('a device whose key was deleted is a new one', async () => {
    const [pan, device] = [freshPan(), newDevice()];
    await cardholder.enrolByKit(pan, { do: 'CREATE', device });
    await at.network.database.pool.query(
      'UPDATE sandbox_cardholder_device SET state = set_byte(state, 0, 255) WHERE name = $1',
      [device],
    );
    expect(endOf(await cardholder.go({ uri: await cardholder.startAtBank(pan), do: 'CREATE', device }))).toBe(
      'ENROLLED',
    );
  });
});
