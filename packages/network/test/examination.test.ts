/** The examination of a client (contract §19): each session plays a row, and what the client does is recorded and judged. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSoftwareAuthenticator } from '@payment-passkeys/authenticator';
import { readWebhookKeys, verifyProof, verifyWebhook } from '@payment-passkeys/channel';
import { WEBHOOK_KEYS_PATH } from '@payment-passkeys/protocol';
import {
  CONSOLE_EXAMINATIONS_PATH,
  consoleExaminationPath,
  EXAMINATIONS_PATH,
  type Examination,
  type ExaminationRow,
  examinationEndPath,
  examinationPath,
  examinationReportPath,
} from '@payment-passkeys/protocol/sandbox';
import type { TestBrowser, TestClient } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishedSigningKeys } from '../src/domain/keys/key-ring.ts';
import { runCommandLine } from '../src/process/commands/command-line.ts';
import { ROWS, type Row } from '../src/sandbox/examination/rows/index.ts';
import { joined, WITH_CONSOLE } from './console-browser.ts';
import { proofOf, startTestNetwork, type TestNetwork } from './running-network.ts';
import { PROGRAM_ENV } from './serving-process.ts';
import { freshPan } from './shop.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork(WITH_CONSOLE);
});
afterAll(() => network.stop());

/** The faults that a bank may have. */
interface Faults {
  readonly bindsAnything?: true;
  readonly bindsWithoutCookie?: true;
  readonly takesForgedEvents?: true;
}

let made = 0;

/** A new bank with a server for the callback and the webhook. It is correct except for its faults. */
async function startBank(faults: Faults = {}) {
  made += 1;
  const range = `44${String(made).padStart(4, '0')}`;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://bank.localhost:${(server.address() as AddressInfo).port}`;
  const client = await network.addClient({
    clientId: `examined-${made}`,
    consumerKey: `examined-key-${made}`,
    accountRanges: [range],
    callbackDomains: ['bank.localhost'],
    webhooks: [{ uri: `${origin}/events`, types: ['binding.*'] }],
  });
  const keys = readWebhookKeys(await (await fetch(network.address + WEBHOOK_KEYS_PATH)).json());
  const bank = {
    client,
    /** The sessions whose browsers are at the network, by the callback's state. */
    sessions: new Map<string, { authenticationSessionId: string; clientSessionId: string }>(),
    /** The events that were genuine. */
    events: [] as { readonly type: string; readonly data: { readonly bindingId?: string } }[],
    pan: freshPan(range),
    start: async () => {
      const state = `state-${bank.sessions.size}`;
      const info = {
        accountReferences: {
          cards: [{ primaryAccountNumber: bank.pan, panExpirationMonth: '12', panExpirationYear: '2032' }],
        },
        callbackUri: `${origin}/callback?state=${state}`,
      };
      const { body } = await client.startSession({ info });
      bank.sessions.set(state, body);
      return body as { uri: string; authenticationSessionId: string };
    },
    /** Handles the callback to which the browser was sent. */
    handleCallback: async (redirect: string) => {
      const url = new URL(redirect);
      const session = bank.sessions.get(url.searchParams.get('state') ?? '');
      const proof = proofOf(redirect);
      if (session === undefined) return;
      const { config, keys: ring } = network.running.network;
      const verdict = await verifyProof({
        proof,
        keys: publishedSigningKeys(ring.current(), network.now),
        issuer: config.publicUrl,
        audience: config.audience,
        now: network.now,
      });
      const good = verdict.ok && verdict.claims.clientSessionId === session.clientSessionId;
      if (!good && !faults.bindsAnything) return;
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const answer = await client
          .bind({ authenticationSessionId: session.authenticationSessionId, proofOfAuthentication: proof || 'a.b.c' })
          .catch(() => undefined);
        if (answer !== undefined && typeof answer.body === 'object') return;
      }
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('request', async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (request.method === 'GET') {
      if (faults.bindsWithoutCookie) await bank.handleCallback(origin + request.url);
      response.writeHead(200).end();
      return;
    }
    const verdict = verifyWebhook({ received: { headers: request.headers, body }, keys: keys ?? [], now: network.now });
    if (verdict.ok) bank.events.push(JSON.parse(body.toString()));
    response.writeHead(faults.takesForgedEvents || verdict.ok ? 204 : 401).end();
  });
  return bank;
}

type Bank = Awaited<ReturnType<typeof startBank>>;

async function begin(client: TestClient, rows?: readonly string[]): Promise<Examination> {
  const { status, body } = await client.send({
    path: EXAMINATIONS_PATH,
    body: JSON.stringify({ role: 'ISSUER', rows }),
  });
  expect(status).toBe(201);
  return body;
}

async function report(client: TestClient, { examinationId }: Examination): Promise<Examination> {
  return (await client.read(examinationPath(examinationId))).body;
}

async function end(client: TestClient, { examinationId }: Examination): Promise<Examination> {
  return (await client.send({ path: examinationEndPath(examinationId), body: '{}' })).body;
}

const stateOf = ({ rows }: Examination, id: string) => rows.find((row) => row.id === id)?.state;

/** Does what the row says the cardholder does. */
async function walk(bank: Bank, { cardholder }: Pick<ExaminationRow, 'cardholder'>, same: TestBrowser): Promise<void> {
  const browser = cardholder.device === 'SAME' ? same : network.browser(createSoftwareAuthenticator());
  const { uri } = await bank.start();
  const opened = (await browser.open(uri)).body;
  const redirect = opened.redirect ?? (await finish(browser, opened, cardholder.do)).body.redirect;
  await bank.handleCallback(redirect);
}

function finish(
  browser: TestBrowser,
  opened: { readonly scenario: 'CREATE' | 'USE' },
  action: ExaminationRow['cardholder']['do'],
) {
  if (action === 'NOT_NOW') return browser.end('USER_CANCELLATION');
  if (action === 'CANCEL')
    return browser.end(opened.scenario === 'CREATE' ? 'CREDENTIALS_CREATION_NOT_ALLOWED' : 'CREDENTIALS_NOT_VERIFIED');
  return browser.result(browser.answer(opened as Parameters<TestBrowser['answer']>[0]));
}

/** All rows except two that take seconds: a slow answer, and a Retry-After. */
const QUICK = ROWS.ISSUER.map(({ id }) => id).filter(
  (id) => id !== 'authenticators-slow' && id !== 'authenticators-unavailable',
);

test('a right bank passes every row', async () => {
  const bank = await startBank();
  const same = network.browser();
  const examination = await begin(bank.client, QUICK);
  expect(examination).toMatchObject({ state: 'RUNNING', role: 'ISSUER', passed: false, faults: [] });
  for (const row of examination.rows) await walk(bank, row, same);
  const done = await report(bank.client, examination);
  expect(done.rows.filter(({ state }) => state !== 'PASSED')).toEqual([]);
  expect(done).toMatchObject({ state: 'DONE', passed: true, faults: [] });
  const sql = 'SELECT binding_id FROM binding WHERE client_id = $1';
  const { rows: own } = await network.database.pool.query(sql, [bank.client.registration.clientId]);
  const aboutOwn = bank.events.filter(({ data }) => own.some(({ binding_id: id }) => id === data.bindingId));
  expect(aboutOwn.map(({ type }) => type).filter((type) => /suspended|resumed/.test(type))).toEqual([
    'binding.suspended',
    'binding.resumed',
  ]);
  await bank.stop();
});

describe('a wrong bank fails the row that is about it', () => {
  const IDS = [
    'create-enrolled',
    'use-forbidden',
    'proof-forged',
    'callback-other-browser',
    'event-forged',
    'use-enrolled',
  ];
  test.each<[string, Faults, readonly string[]]>([
    ['that binds whatever comes', { bindsAnything: true }, ['use-forbidden', 'proof-forged', 'callback-other-browser']],
    ['that needs no cookie', { bindsWithoutCookie: true }, ['callback-other-browser']],
    ['that takes forged events', { takesForgedEvents: true }, ['event-forged']],
  ])('%s', async (_case, faults, failed) => {
    const bank = await startBank(faults);
    const same = network.browser();
    const examination = await begin(bank.client, IDS);
    for (const row of examination.rows) await walk(bank, row, same);
    const ended = await end(bank.client, examination);
    expect(ended.rows.filter(({ state }) => state === 'FAILED').map(({ id }) => id)).toEqual(failed);
    expect(ended.rows.filter(({ state }) => state === 'NOT_REACHED')).toEqual([]);
    expect(ended).toMatchObject({ state: 'DONE', passed: false });
    await bank.stop();
  });
});

test.each(['proof-forged', 'proof-other-session', 'proof-expired'])(
  'a proof made for an examination binds nothing: %s',
  async (id) => {
    const bank = await startBank();
    const browser = network.browser();
    await bank.handleCallback(
      (await browser.result(browser.answer((await browser.open((await bank.start()).uri)).body))).body.redirect,
    );
    const examination = await begin(bank.client, [id]);
    const session = await bank.start();
    const { redirect } = (await browser.result(browser.answer((await browser.open(session.uri)).body))).body;
    const bound = await bank.client.bind({
      authenticationSessionId: session.authenticationSessionId,
      proofOfAuthentication: proofOf(redirect),
    });
    expect(bound).toMatchObject({ status: 409, body: { errordetail: [{ reason: 'SESSION_NOT_ENROLLED' }] } });
    expect(await report(bank.client, examination)).toMatchObject({ state: 'DONE', passed: false });
    await bank.stop();
  },
);

test('a client that stops half way: what was not reached stays so, and the same end again answers the same', async () => {
  const bank = await startBank();
  const examination = await begin(bank.client);
  const [first] = examination.rows;
  if (first === undefined) throw new Error('There is a first row.');
  await walk(bank, first, network.browser());
  await bank.start();
  const ended = await end(bank.client, examination);
  expect(ended.state).toBe('DONE');
  expect(ended.rows.map(({ state }) => state)).toEqual(['PASSED', ...ended.rows.slice(1).map(() => 'NOT_REACHED')]);
  await bank.start();
  expect(await end(bank.client, examination)).toEqual(ended);
  expect(await report(bank.client, examination)).toEqual(ended);
  await bank.stop();
});

test('two clients at once: each meets its own rows', async () => {
  const banks = [await startBank(), await startBank()] as const;
  const examinations = [
    await begin(banks[0].client, ['create-enrolled']),
    await begin(banks[1].client, ['create-forbidden']),
  ] as const;
  await Promise.all(
    examinations.map(async ({ rows: [row] }, at) => row && walk(banks[at] as Bank, row, network.browser())),
  );
  expect(stateOf(await report(banks[0].client, examinations[0]), 'create-enrolled')).toBe('PASSED');
  expect(stateOf(await end(banks[1].client, examinations[1]), 'create-forbidden')).toBe('PASSED');
  await Promise.all(banks.map((bank) => bank.stop()));
});

test('of many sessions that start at once, each meets another row', async () => {
  const bank = await startBank();
  const examination = await begin(bank.client);
  await Promise.all(Array.from({ length: 12 }, () => bank.start()));
  const { rows } = await report(bank.client, examination);
  expect(rows.map(({ state }) => state !== 'PENDING')).toEqual(rows.map((_row, at) => at < 12));
  await end(bank.client, examination);
  await bank.stop();
});

test('a new examination ends the one before', async () => {
  const bank = await startBank();
  const first = await begin(bank.client);
  const second = await begin(bank.client);
  expect(await report(bank.client, first)).toMatchObject({ state: 'DONE' });
  expect(await report(bank.client, second)).toMatchObject({ state: 'RUNNING' });
  await end(bank.client, second);
  await bank.stop();
});

test('a card number in clear is a fault, once, and the report does not repeat it', async () => {
  const bank = await startBank();
  const examination = await begin(bank.client, ['create-enrolled']);
  const body = JSON.stringify({ bindingId: 'x', note: bank.pan });
  for (let time = 0; time < 2; time += 1) await bank.client.send({ path: '/authentication/bindings/searches', body });
  const ended = await end(bank.client, examination);
  expect(ended.faults).toEqual([expect.objectContaining({ request: 'POST /authentication/bindings/searches' })]);
  expect(ended.passed).toBe(false);
  expect(JSON.stringify(ended)).not.toContain(bank.pan);
  await bank.stop();
});

describe('bad input', () => {
  test('another client’s examination is as unknown as one that never was', async () => {
    const bank = await startBank();
    const examination = await begin(bank.client);
    for (const id of [examination.examinationId, `exm_${'0'.repeat(32)}`]) {
      const answer = await network.client.read(examinationPath(id));
      expect(answer).toMatchObject({ status: 404, body: { errordetail: [{ reason: 'EXAMINATION_NOT_FOUND' }] } });
    }
    await end(bank.client, examination);
    await bank.stop();
  });

  test.each([
    ['/role', { role: 'MERCHANT' }],
    ['/rows/1', { role: 'ISSUER', rows: ['create-enrolled', 'no-such-row'] }],
  ])('%s is refused', async (source, body) => {
    const answer = await network.client.send({ path: EXAMINATIONS_PATH, body: JSON.stringify(body) });
    expect(answer).toMatchObject({ status: 400, body: { errordetail: [{ source }] } });
  });
});

test('an operator examines a client from the console, and prints the report', async () => {
  const bank = await startBank();
  const operator = await joined(network, 'OPERATOR', 'Anna');
  const { clientId } = bank.client.registration;
  const { status, body } = await operator.call('POST', CONSOLE_EXAMINATIONS_PATH, {
    clientId,
    rows: ['create-enrolled'],
  });
  expect([status, body.role, body.rows.length]).toEqual([201, 'ISSUER', 1]);
  const listed = await operator.call('GET', CONSOLE_EXAMINATIONS_PATH);
  const { examinationId } = body;
  expect(listed.body.examinations).toContainEqual(expect.objectContaining({ examinationId, state: 'RUNNING' }));
  const ended = await operator.call('POST', `${consoleExaminationPath(body.examinationId)}/end`, {});
  expect((await operator.call('GET', consoleExaminationPath(body.examinationId))).body).toEqual(ended.body);
  const page = await operator.call('GET', examinationReportPath(body.examinationId));
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/);
  expect(page.body).toContain('create-enrolled');
  expect(page.body).not.toContain('<script');
  const unknown = await operator.call('POST', CONSOLE_EXAMINATIONS_PATH, { clientId: 'nobody' });
  expect(unknown).toMatchObject({ status: 404, body: { errordetail: [{ reason: 'CLIENT_NOT_FOUND' }] } });
  await bank.stop();
});

const [FIRST] = ROWS.ISSUER as readonly [Row];

describe('the command line', () => {
  const run = async (args: readonly string[], log: (line: string) => void = () => {}) => {
    let printed = '';
    const env = { ...PROGRAM_ENV, DATABASE_URL: network.database.url, DATA_DIR: network.dataDir };
    const print = (line: string) => (printed += `${line}\n`);
    const code = await runCommandLine(args, { env, clock: () => network.now, print, log });
    return { code, printed };
  };

  test('`examine` shows the rows until the examination is ended; `examine report` writes the page', async () => {
    const bank = await startBank();
    const { clientId } = bank.client.registration;
    const lines: string[] = [];
    const exitCode = process.exitCode;
    const { code, printed } = await run(['examine', clientId, '--role', 'ISSUER'], (line) => {
      lines.push(line);
      const [examinationId] = /exm_[0-9a-f]{32}/.exec(line) ?? [];
      if (examinationId === undefined) return;
      void walk(bank, FIRST, network.browser()).then(() =>
        bank.client.send({ path: examinationEndPath(examinationId), body: '{}' }),
      );
    });
    expect([code, process.exitCode]).toEqual([0, 1]);
    process.exitCode = exitCode;
    expect(lines).toContainEqual(expect.stringContaining('PASSED      create-enrolled'));
    expect(printed).toMatch(/^Not passed: 1 of \d+ rows passed/);
    const [examinationId = ''] = /exm_[0-9a-f]{32}/.exec(lines.join(' ')) ?? [];
    const folder = await mkdtemp(join(tmpdir(), 'report-'));
    const file = join(folder, 'report.html');
    const reported = await run(['examine', 'report', examinationId, '--html', file]);
    expect(reported.printed).toContain('create-enrolled');
    expect(await readFile(file, 'utf8')).toContain('<!doctype html>');
    await rm(folder, { recursive: true });
    await bank.stop();
  });

  test.each([
    [['examine', 'nobody', '--role', 'ISSUER']],
    [['examine', 'test-bank', '--role', 'MERCHANT']],
    [['examine', 'test-bank']],
    [['examine', 'report', 'exm_0']],
  ])('%o is a wrong use', async (args) => expect((await run(args)).code).toBe(2));
});
