/** The cardholder without a browser (contract §19): every action, at every page, with the kits of bank and shop. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import {
  createEnrolmentHandlers,
  createIssuer,
  createMemoryEnrolmentStore,
  type Issuer,
  toNodeHandler,
} from '@payment-passkeys/issuer/server';
import { createMemoryMerchantStore, createMerchant, type Merchant } from '@payment-passkeys/merchant/server';
import { SESSION_SECONDS } from '@payment-passkeys/protocol';
import { CARDHOLDER_PATH, SANDBOX_CARDHOLDER_PATH } from '@payment-passkeys/protocol/sandbox';
import {
  buildInstrumentInfo,
  buildPaymentInfo,
  buildSessionInfo,
  buildTransaction,
  freePort,
  startInstrument,
  startPayment,
  type TestAnswer,
} from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommandLine } from '../src/process/commands/command-line.ts';
import { findDevice } from '../src/sandbox/cardholder/device-store.ts';
import { openTestConsole } from './console-caller.ts';
import { kitOptions, profileOf } from './kit-options.ts';
import { PROGRAM_ENV } from './serving-process.ts';
import { cardOf, freshPan, reason, startTestShop, type TestShop } from './shop.ts';

const START = new Date('2026-11-24T12:00:00Z');
let at: TestShop;
let issuer: Issuer;
let merchant: Merchant;
let forward: Server;

beforeAll(async () => {
  const port = await freePort();
  at = await startTestShop({ PUBLIC_URL: `http://verify.localhost:${port}` });
  // The command calls the public address.
  forward = createServer((socket) => {
    const to = connect(Number(new URL(at.network.address).port), '127.0.0.1');
    socket.on('error', () => to.destroy()).pipe(to);
    to.on('error', () => socket.destroy()).pipe(socket);
  });
  await once(forward.listen(port, '127.0.0.1'), 'listening');
  const { publicUrl } = at.network;
  issuer = createIssuer({
    ...kitOptions(at.network),
    callbackOrigins: ['http://bank.localhost:4001'],
    network: profileOf(at.network),
    store: createMemoryEnrolmentStore(),
  });
  merchant = createMerchant({
    ...kitOptions(at.network, at.shop),
    callbackOrigins: ['http://shop.localhost:4002'],
    network: { url: publicUrl, audience: publicUrl },
    store: createMemoryMerchantStore(),
  });
});
afterAll(async () => {
  await Promise.all([issuer.close(), merchant.close()]);
  await at.network.stop();
  forward.close();
});
beforeEach(() => {
  at.network.now = START;
});

let devices = 0;
const newDevice = () => `device-${++devices}`;

async function ask(body: object): Promise<Pick<TestAnswer, 'status' | 'body'>> {
  const response = await fetch(at.network.address + CARDHOLDER_PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

/** Answers the address that the page leads to. */
async function go(body: { readonly uri: string; readonly do: string; readonly device?: string }): Promise<URL> {
  const answer = await ask(body);
  if (answer.status !== 200) throw new Error(`The cardholder was refused: ${JSON.stringify(answer.body)}`);
  return new URL(answer.body.redirect);
}

const endOf = ({ searchParams }: URL) => `${searchParams.get('status')} ${searchParams.get('reason') ?? ''}`.trim();

async function refusalOf(body: object) {
  const answer = await ask(body);
  const [{ message, source }] = answer.body.errordetail;
  return { status: answer.status, reason: reason(answer), source, message };
}

/** A session of the bank for a new card. */
async function startAtBank(pan = freshPan(), changes: Parameters<typeof buildSessionInfo>[1] = {}): Promise<string> {
  const answer = await at.network.client.startSession({ info: { accountReferences: cardOf(pan), ...changes } });
  return answer.body.uri;
}

/** The bank's kit, from its start to the binding. */
async function enrolByKit(pan: string, cardholder: { readonly do: string; readonly device?: string }) {
  const info = buildSessionInfo(at.network.now);
  const { cookie, redirect } = await issuer.startEnrolment({
    cardholderId: 'customer-1',
    accounts: cardOf(pan),
    verification: info.cardholderVerification,
    consent: info.consent,
    complianceResources: info.complianceSettings?.complianceResources ?? [],
    callbackUri: 'http://bank.localhost:4001/passkeys/callback',
  });
  const url = (await go({ uri: redirect, ...cardholder })).href;
  return issuer.completeEnrolment({ url, browser: cookie.value });
}

describe("the bank's kit", () => {
  test('enrols with a passkey that is created, and again with the same passkey, used', async () => {
    const [pan, device] = [freshPan(), newDevice()];
    expect(await enrolByKit(pan, { do: 'CREATE', device })).toMatchObject({ status: 'ENROLLED' });
    expect(await enrolByKit(pan, { do: 'USE', device })).toMatchObject({ status: 'ENROLLED' });
  });

  test('enrols without a device’s name: a new device each time', async () => {
    const pan = freshPan();
    expect(await enrolByKit(pan, { do: 'CREATE' })).toMatchObject({ status: 'ENROLLED' });
    expect(await enrolByKit(freshPan(), { do: 'CREATE' })).toMatchObject({ status: 'ENROLLED' });
  });

  test.each([
    ['NOT_NOW', { status: 'CANCELLED', reason: 'USER_CANCELLATION' }],
    ['CANCEL', { status: 'ERROR', reason: 'CREDENTIALS_CREATION_NOT_ALLOWED' }],
    ['FAIL', { status: 'ERROR', reason: 'CREDENTIALS_CREATION_NOT_ALLOWED' }],
  ])('hears of %s', async (action, expected) => {
    expect(await enrolByKit(freshPan(), { do: action })).toMatchObject(expected);
  });
});

describe('at the page of an enrolment', () => {
  test('USE of a passkey is cancelled, or fails', async () => {
    const [pan, device] = [freshPan(), newDevice()];
    await enrolByKit(pan, { do: 'CREATE', device });
    for (const action of ['CANCEL', 'FAIL'])
      expect(endOf(await go({ uri: await startAtBank(pan), do: action, device }))).toBe(
        'ERROR CREDENTIALS_NOT_VERIFIED',
      );
  });

  test('CREATE on a device that has a passkey of the card: DUPLICATE_CREDENTIALS', async () => {
    const [pan, device] = [freshPan(), newDevice()];
    await enrolByKit(pan, { do: 'CREATE', device });
    expect(endOf(await go({ uri: await startAtBank(pan), do: 'CREATE', device }))).toBe('ERROR DUPLICATE_CREDENTIALS');
  });

  test('CLOSE leads nowhere, and the session stays open', async () => {
    const session = (await at.network.client.startSession({ info: { accountReferences: cardOf(freshPan()) } })).body;
    expect(await ask({ uri: session.uri, do: 'CLOSE' })).toEqual({ status: 200, body: { redirect: null } });
    const { body } = await at.network.client.read(`/authentication/sessions/${session.authenticationSessionId}`);
    expect(body.state).toBe('opened');
  });

  test('a session that is over ends at the callback, as the page ends', async () => {
    const uri = await startAtBank();
    at.network.now = new Date(START.getTime() + SESSION_SECONDS * 1000);
    expect(endOf(await go({ uri, do: 'CREATE' }))).toBe('ERROR PERMISSION_DENIED');
  });

  test('an address without its token ends at the callback with INVALID_QUERY_PARAMS', async () => {
    const uri = (await startAtBank()).replace(/#.*/, '');
    expect(endOf(await go({ uri, do: 'CREATE' }))).toBe('ERROR INVALID_QUERY_PARAMS');
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
    const uri = await startAtBank(freshPan(), { accountReferences });
    expect(endOf(await go({ uri, do: 'CREATE' }))).toBe(expected);
  });
});

describe('what cannot be done is refused, with the field and the remedy', () => {
  test('an address of another origin', async () => {
    expect(await refusalOf({ uri: 'https://other.example/auth/passkeys#a', do: 'CREATE' })).toMatchObject({
      status: 400,
      reason: 'INVALID_FIELD',
      source: '/uri',
      message: expect.stringContaining(`${at.network.publicUrl}/auth/passkeys`),
    });
  });

  test('an address without a session', async () => {
    const uri = (await startAtBank()).replace(
      /authenticationSessionId=[^&]+/,
      'authenticationSessionId=8Tn5w1VlVm5zVwXvXmcx0g1u7oD2kq4Y',
    );
    expect(await refusalOf({ uri, do: 'CREATE' })).toMatchObject({
      status: 404,
      reason: 'SESSION_NOT_FOUND',
      source: '/uri',
      message: expect.stringContaining('Sessions answer'),
    });
  });

  test('an address that leads to an error page', async () => {
    const uri = `${at.network.publicUrl}/auth/passkeys?clientId=test-bank`;
    expect(await refusalOf({ uri, do: 'CREATE' })).toMatchObject({
      status: 409,
      reason: 'PAGE_STOPPED',
      source: '/uri',
    });
  });

  test('USE on a device without the passkey; with the right device the same session goes on', async () => {
    const [pan, device, other] = [freshPan(), newDevice(), newDevice()];
    await enrolByKit(pan, { do: 'CREATE', device });
    expect(await refusalOf({ uri: await startAtBank(pan), do: 'USE', device: other })).toMatchObject({
      status: 409,
      reason: 'DEVICE_WITHOUT_PASSKEY',
      source: '/device',
    });
  });

  test('an offer that is not what `do` wants, and the same session goes on with the right one', async () => {
    const [uri, device] = [await startAtBank(), newDevice()];
    expect(await refusalOf({ uri, do: 'USE', device })).toMatchObject({
      status: 409,
      reason: 'NOT_OFFERED',
      source: '/do',
      message: expect.stringContaining('CREATE'),
    });
    expect(endOf(await go({ uri, do: 'CREATE', device }))).toBe('ENROLLED');
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
    expect(await refusalOf(body)).toMatchObject({ status: 400, source });
  });
});

describe('at a shop', () => {
  const startCard = async (pan: string) =>
    (await startInstrument(at.shop, buildInstrumentInfo({ accountReferences: cardOf(pan) }))).body.uri;
  const startPaying = async (pan: string) => {
    const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
    return (await startPayment(at.shop, info)).body;
  };

  /** From the page to the issuer and back. Answers the address that the issuer sends the cardholder back to. */
  async function throughIssuer(call: Parameters<typeof go>[0], answer?: Parameters<TestShop['issuer']['answer']>[1]) {
    const toIssuer = await go(call);
    expect(toIssuer.host).toBe('bank.localhost:4001');
    const { claims } = await at.issuer.read(toIssuer.href);
    return at.issuer.answer(claims.jti, answer);
  }

  test("a card's first passkey goes by the issuer, and comes back to the same device", async () => {
    const device = newDevice();
    const uri = await throughIssuer({ uri: await startCard(freshPan()), do: 'CREATE', device });
    expect(endOf(await go({ uri, do: 'CREATE', device }))).toBe('ENROLLED');
  });

  test('the issuer refuses: PERMISSION_DENIED', async () => {
    const device = newDevice();
    const refused = { result: 'REFUSED' } as const;
    const uri = await throughIssuer({ uri: await startCard(freshPan()), do: 'CREATE', device }, refused);
    expect(endOf(await go({ uri, do: 'CREATE', device }))).toBe('ERROR PERMISSION_DENIED');
  });

  test('another device comes back: PERMISSION_DENIED, and the first one can still go on', async () => {
    const device = newDevice();
    const uri = await throughIssuer({ uri: await startCard(freshPan()), do: 'CREATE', device });
    expect(endOf(await go({ uri, do: 'CREATE', device: newDevice() }))).toBe('ERROR PERMISSION_DENIED');
    expect(endOf(await go({ uri, do: 'CREATE', device }))).toBe('ENROLLED');
  });

  test('the dialog is cancelled behind the issuer', async () => {
    const device = newDevice();
    const uri = await throughIssuer({ uri: await startCard(freshPan()), do: 'CANCEL', device });
    expect(endOf(await go({ uri, do: 'CANCEL', device }))).toBe('ERROR CREDENTIALS_CREATION_NOT_ALLOWED');
  });

  test('the terms are declined', async () => {
    expect(endOf(await go({ uri: await startCard(freshPan()), do: 'NOT_NOW' }))).toBe('CANCELLED USER_CANCELLATION');
  });

  test('a device without a name cannot come back from the issuer', async () => {
    expect(await refusalOf({ uri: await startCard(freshPan()), do: 'CREATE' })).toMatchObject({
      status: 409,
      reason: 'DEVICE_NOT_NAMED',
      source: '/device',
    });
  });

  test('APPROVE of a payment that registers on the way: the issuer, a passkey, the approval', async () => {
    const device = newDevice();
    const session = await startPaying(freshPan());
    expect(session.nextStep).toBe('REGISTER');
    const uri = await throughIssuer({ uri: session.uri, do: 'APPROVE', device });
    expect(endOf(await go({ uri, do: 'APPROVE', device }))).toBe('AUTHENTICATED');
  });

  test('APPROVE with a passkey of the card; again, the browser gets the same way back', async () => {
    const [pan, device] = [freshPan(), newDevice()];
    await enrolByKit(pan, { do: 'CREATE', device });
    const session = await startPaying(pan);
    expect(session.nextStep).toBe('AUTHENTICATE');
    const first = await go({ uri: session.uri, do: 'APPROVE', device });
    expect(endOf(first)).toBe('AUTHENTICATED');
    expect((await go({ uri: session.uri, do: 'APPROVE', device })).href).toBe(first.href);
  });

  test.each([
    ['NOT_NOW', 'CANCELLED USER_CANCELLATION'],
    ['CANCEL', 'ERROR CREDENTIALS_NOT_VERIFIED'],
    ['FAIL', 'ERROR CREDENTIALS_NOT_VERIFIED'],
  ])('%s of a payment', async (action, expected) => {
    const [pan, device] = [freshPan(), newDevice()];
    await enrolByKit(pan, { do: 'CREATE', device });
    expect(endOf(await go({ uri: (await startPaying(pan)).uri, do: action, device }))).toBe(expected);
  });

  test('APPROVE on a new device: the bank confirms instead', async () => {
    const pan = freshPan();
    await enrolByKit(pan, { do: 'CREATE', device: newDevice() });
    const device = newDevice();
    const uri = await throughIssuer({ uri: (await startPaying(pan)).uri, do: 'APPROVE', device });
    expect(endOf(await go({ uri, do: 'APPROVE', device }))).toBe('AUTHENTICATED');
  });

  test("the shop's kit: a payment by the page is AUTHENTICATED", async () => {
    const { device, started } = await payByKit();
    const { cookie, redirect } = started;
    const url = (await go({ uri: redirect, do: 'APPROVE', device })).href;
    expect(await merchant.completePayment({ url, browser: cookie.value })).toMatchObject({ status: 'AUTHENTICATED' });
  });

  test("the shop's kit: a payment by Secure Payment Confirmation is AUTHENTICATED", async () => {
    const { device, started, origin } = await payByKit();
    const { securePaymentConfirmation } = started;
    const { body } = await ask({ securePaymentConfirmation, origin, do: 'APPROVE', device });
    expect(body.confirmation.outcome).toBe('ACCEPTED');
    const { clientSessionId, cookie } = started;
    const report = { clientSessionId, browser: cookie.value, report: body.confirmation };
    expect(await merchant.reportConfirmation(report)).toMatchObject({ status: 'AUTHENTICATED' });
  });

  test.each([
    ['CANCEL', { outcome: 'ABORTED' }],
    ['NOT_NOW', { outcome: 'ANOTHER_WAY' }],
    ['FAIL', { outcome: 'ANOTHER_WAY' }],
    ['CLOSE', null],
  ])('%s of the payment dialog', async (action, confirmation) => {
    const { device, started, origin } = await payByKit();
    const { securePaymentConfirmation } = started;
    expect(await ask({ securePaymentConfirmation, origin, do: action, device })).toEqual({
      status: 200,
      body: { confirmation },
    });
  });

  test('the payment dialog on a device without the passkey, and without an origin', async () => {
    const { started, origin } = await payByKit();
    const { securePaymentConfirmation } = started;
    const call = { securePaymentConfirmation, do: 'APPROVE' };
    expect(await refusalOf({ ...call, origin, device: newDevice() })).toMatchObject({
      reason: 'DEVICE_WITHOUT_PASSKEY',
    });
    expect(await refusalOf(call)).toMatchObject({ status: 400, reason: 'MISSING_FIELD', source: '/origin' });
    expect(await refusalOf({ ...call, origin: `${origin}/pay` })).toMatchObject({ status: 400, source: '/origin' });
    expect(await refusalOf({ ...call, origin, do: 'CREATE' })).toMatchObject({ status: 400, source: '/do' });
  });

  async function payByKit() {
    const [pan, device, origin] = [freshPan(), newDevice(), 'http://shop.localhost:4002'];
    await enrolByKit(pan, { do: 'CREATE', device });
    const started = await merchant.startPayment({
      shopperId: 'shopper-1',
      order: {
        orderId: `order-${pan}`,
        amount: '12.34',
        currency: 'USD',
        merchantName: 'Test Shop',
        merchantOrigin: origin,
      },
      card: { primaryAccountNumber: pan, panExpirationMonth: '12', panExpirationYear: '2032' },
      callbackUri: `${origin}/payments/callback`,
    });
    if (!('redirect' in started)) throw new Error('The payment has no page.');
    return { device, origin, started };
  }
});

describe('devices', () => {
  const stored = async () =>
    (await at.network.database.pool.query('SELECT name, state FROM sandbox.cardholder_device ORDER BY used_at')).rows;

  test('no cookie and no private key is readable where they are stored', async () => {
    const device = newDevice();
    await enrolByKit(freshPan(), { do: 'CREATE', device });
    const { state } = (await stored()).find(({ name }) => name === device);
    expect(state.toString('latin1')).not.toMatch(/cookies|privateKey|__Host-/);
  });

  test('many calls at once for one device lose no passkey', async () => {
    const device = newDevice();
    const pans = Array.from({ length: 6 }, () => freshPan());
    const ends = await Promise.all(pans.map(async (pan) => go({ uri: await startAtBank(pan), do: 'CREATE', device })));
    // As in the tabs of one browser: a tab that opens after another has made a passkey may not make a second one.
    const made = ends.filter((end) => endOf(end) === 'ENROLLED').length;
    expect(ends.filter((end) => endOf(end) === 'ERROR DUPLICATE_CREDENTIALS')).toHaveLength(ends.length - made);
    expect((await findDevice(device, at.network.running.network)).authenticator.credentials).toHaveLength(made);
  });

  test('a thousand devices are kept, those that were used last', async () => {
    await at.network.database.pool.query(
      `INSERT INTO sandbox.cardholder_device (name, state, used_at)
       SELECT 'filler-' || n, '\\x00', $1::timestamptz - interval '1 day' - n * interval '1 minute' FROM generate_series(1, 1000) n`,
      [START],
    );
    await go({ uri: await startAtBank(), do: 'CREATE', device: newDevice() });
    const names = (await stored()).map(({ name }) => name);
    expect(names).toHaveLength(1000);
    expect(names).not.toContain('filler-1000');
    expect(names).toContain('filler-1');
    await at.network.database.pool.query("DELETE FROM sandbox.cardholder_device WHERE name LIKE 'filler-%'");
  });

  test('a device whose key was deleted is a new one', async () => {
    const [pan, device] = [freshPan(), newDevice()];
    await enrolByKit(pan, { do: 'CREATE', device });
    await at.network.database.pool.query(
      'UPDATE sandbox.cardholder_device SET state = set_byte(state, 0, 255) WHERE name = $1',
      [device],
    );
    expect(endOf(await go({ uri: await startAtBank(pan), do: 'CREATE', device }))).toBe('ENROLLED');
  });
});

test('an operator of the console acts as a cardholder too', async () => {
  const sandboxConsole = await openTestConsole(at.network, { approvals: false });
  const operator = await sandboxConsole.operator('OPERATOR');
  const act = async (action: string) =>
    operator.call('POST', SANDBOX_CARDHOLDER_PATH, { uri: await startAtBank(), do: action });
  const { status, body } = await act('CREATE');
  expect([status, endOf(new URL(body.redirect))]).toEqual([200, 'ENROLLED']);
  expect((await act('USE')).status).toBe(409);
  await sandboxConsole.close();
});

describe('the recipe for CI', () => {
  const FOLDER = fileURLToPath(new URL('../../../examples/continuous-integration/', import.meta.url));

  /** A bank as the recipe expects it: a start route, and a page for each end. */
  async function startBank() {
    const info = buildSessionInfo(START);
    const { start, callback } = createEnrolmentHandlers({
      issuer,
      callbackUri: 'http://bank.localhost:4001/passkeys/callback',
      cardholder: () => 'customer-1',
      enrolment: () => ({
        accounts: cardOf(freshPan()),
        verification: info.cardholderVerification,
        consent: info.consent,
        complianceResources: info.complianceSettings?.complianceResources ?? [],
      }),
      render: (outcome) =>
        new Response(outcome.status === 'ENROLLED' ? 'Your payment passkey is ready' : JSON.stringify(outcome)),
    });
    const origin = 'http://bank.localhost:4001';
    const [onStart, onCallback] = [start, callback].map((handler) => toNodeHandler(handler, { origin }));
    const server = createHttpServer((request, response) => {
      void (request.method === 'POST' ? onStart : onCallback)?.(request, response);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  test('its test enrols at a bank', async () => {
    const bank = await startBank();
    const env = { ...process.env, NETWORK: at.network.address, BANK: bank.address, NODE_TEST_CONTEXT: undefined };
    const run = spawn(process.execPath, ['--test', join(FOLDER, 'passkeys.test.mjs')], { env });
    const [said, [code]] = await Promise.all([text(run.stdout), once(run, 'exit')]);
    bank.server.close();
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('pass 3') });
  });

  // It takes as long as a start of the network.
  if (process.env.DRILLS) {
    test('its script starts a network, waits for it, and registers the client', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'ci-'));
      const port = String(await freePort());
      await symlink(fileURLToPath(new URL('../../../', import.meta.url)), join(folder, 'network'));
      await writeFile(join(folder, 'registration.json'), JSON.stringify(at.network.client.registration));
      const env = {
        PATH: process.env.PATH,
        HOME: folder,
        PORT: port,
        DATA_DIR: join(folder, 'data'),
        DATABASE_URL: at.network.database.url,
      };
      const run = spawn('sh', [join(FOLDER, 'start-network.sh'), 'registration.json'], { env, cwd: folder });
      const [said, [code]] = await Promise.all([text(run.stderr), once(run, 'exit')]);
      const ready = () =>
        fetch(`http://127.0.0.1:${port}/health/ready`).then(
          ({ status }) => status,
          () => 'ended',
        );
      expect({ code, said, ready: await ready() }).toMatchObject({ code: 0, ready: 200 });
      process.kill(Number(await readFile(join(folder, 'network.log.pid'), 'utf8')), 'SIGTERM');
      await expect.poll(ready).toBe('ended');
      await rm(folder, { recursive: true });
    });
  }
});

describe('the command', () => {
  async function run(args: readonly string[]) {
    const written = { stdout: '', stderr: '' };
    const code = await runCommandLine(args, {
      env: PROGRAM_ENV,
      clock: () => new Date(),
      print: (line) => (written.stdout += `${line}\n`),
      log: (line) => (written.stderr += `${line}\n`),
    });
    return { code, ...written };
  }

  test('prints where the page leads', async () => {
    const [pan, device] = [freshPan(), newDevice()];
    const act = async (...words: string[]) => run(['sandbox', 'cardholder', await startAtBank(pan), ...words]);
    const created = await act('--do', 'CREATE', '--device', device);
    expect({ ...created, end: endOf(new URL(created.stdout)) }).toMatchObject({ code: 0, stderr: '', end: 'ENROLLED' });
    const { stdout } = await act('--do', 'NOT_NOW', '--device', device, '--json');
    expect(endOf(new URL(JSON.parse(stdout).redirect))).toBe('CANCELLED USER_CANCELLATION');
    expect(await act('--do', 'CLOSE')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'The cardholder has closed the page.\n',
    });
  });

  test('prints what was refused, with the field and the remedy', async () => {
    expect(await run(['sandbox', 'cardholder', await startAtBank(), '--do', 'USE'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^NOT_OFFERED at \/do: .*CREATE/),
    });
  });

  test('says when nothing listens there', async () => {
    const uri = `http://verify.localhost:${await freePort()}/auth/passkeys`;
    expect(await run(['sandbox', 'cardholder', uri, '--do', 'CREATE'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not answer'),
    });
  });

  test('refuses an unknown action, and an address that is none', async () => {
    expect(await run(['sandbox', 'cardholder', 'http://verify.localhost:4000/', '--do', 'JUMP'])).toMatchObject({
      code: 2,
    });
    expect(await run(['sandbox', 'cardholder', 'here', '--do', 'CREATE'])).toMatchObject({ code: 2 });
  });
});
