/**
 * Each row of the sandbox's table (contract §19), met by a bank with the issuer kit, and by one with Mastercard's own client libraries. Both are
 * unmodified: they ask by an e-mail address among the session's accounts.
 */
import { randomUUID, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIssuer, createMemoryEnrolmentStore, type Issuer } from '@payment-passkeys/issuer/server';
import {
  AUTHENTICATORS_PATH,
  buildFailureCallback,
  failureOf,
  type Offer,
  RESULT_PATH,
  readLaunchUrl,
  reasonForHttpStatus,
  SESSIONS_PATH,
} from '@payment-passkeys/protocol';
import { SANDBOX_STEPS, SANDBOX_VALUES, type SandboxValue } from '@payment-passkeys/protocol/sandbox';
import {
  buildInstrumentInfo,
  buildPaymentInfo,
  buildSessionInfo,
  createTestBrowser,
  createVerifyingIssuer,
  startInstrument,
  startPayment,
  TEST_MERCHANT,
  type TestAnswer,
} from '@payment-passkeys/testkit';
import { JweEncryption } from 'mastercard-client-encryption';
import OAuth from 'mastercard-oauth1-signer';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { timers } from '../src/sandbox/outcomes/timers.ts';
import { bySetUp } from './by-set-up.ts';
import { kitOptions, profileOf } from './kit-options.ts';
import { MACHINE_CLOCK, startTestNetwork, type TestNetwork } from './running-network.ts';
import { startSecondProcess } from './second-process.ts';

let network: TestNetwork;
let folder: string;
let certificateFile: string;
const kits: Issuer[] = [];
const logLines: string[] = [];
/** The waits of `slow-N`, in seconds. */
const waited: number[] = [];

beforeAll(async () => {
  // The clock is mastercard-oauth1-signer's.
  network = await startTestNetwork({ LOG_LEVEL: 'debug' }, MACHINE_CLOCK, {
    logStream: { write: (line) => void logLines.push(line) },
  });
  folder = await mkdtemp(join(tmpdir(), 'outcomes-'));
  const keySet = (await (await fetch(`${network.address}/keys/encryption`)).json()) as { keys: { x5c: string[] }[] };
  const certificate = new X509Certificate(Buffer.from(keySet.keys[0]?.x5c[0] ?? '', 'base64'));
  certificateFile = join(folder, 'certificate.pem');
  await writeFile(certificateFile, certificate.toString());
});
afterAll(async () => {
  await network.stop();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  waited.length = 0;
  vi.spyOn(timers, 'pause').mockImplementation(async (seconds) => void waited.push(seconds));
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const kit of kits.splice(0)) await kit.close();
});

/** What a bank sees of a call: `done`, `status 503`, `unreadable`, or `no answer`. */
type Seen = string;

interface Started {
  readonly seen: Seen;
  /** Where the browser goes, if the session was started. */
  readonly uri?: string;
  /** Follows a callback to its end: binds the passkey of ENROLLED. */
  readonly complete?: (callback: string) => Promise<Seen>;
}

/** A bank, by the library that it uses. */
type Bank = (email: string) => Promise<Started>;

/** A kit that has not met a failure yet: after some it would not call the network for a while. */
function createKit(): Issuer {
  const started = new Date();
  const kit = createIssuer({
    ...kitOptions(network),
    network: profileOf(network),
    callbackOrigins: ['http://bank.localhost:4001'],
    store: createMemoryEnrolmentStore(),
    // However slow the machine is: the kit does not give up, and does not wait before it tries again.
    clock: () => started,
    timers: { wait: async () => undefined, timeout: () => new AbortController().signal },
  });
  kits.push(kit);
  return kit;
}

const withKit: Bank = async (email) => {
  const kit = createKit();
  const { callbackUri: _, complianceSettings, ...info } = buildSessionInfo(new Date());
  const start = {
    cardholderId: 'cardholder-1',
    accounts: { ...info.accountReferences, emailAddresses: [email] },
    verification: info.cardholderVerification,
    consent: info.consent,
    complianceResources: complianceSettings?.complianceResources ?? [],
    callbackUri: 'http://bank.localhost:4001/passkeys/callback',
  };
  const started = await kit.startEnrolment(start).catch(seenByKit);
  if (typeof started === 'string') return { seen: started };
  const { redirect: uri, cookie } = started;
  const complete = async (callback: string) => {
    const outcome = await kit.completeEnrolment({ url: callback, browser: cookie.value }).catch(seenByKit);
    if (typeof outcome === 'string') return outcome;
    return outcome.status === 'ENROLLED' ? 'done' : JSON.stringify(outcome);
  };
  return { seen: 'done', uri, complete };
};

/** What the kit reports. Before it reports 429, 500, 503 or no answer, it has tried three times. */
function seenByKit(error: { readonly code?: string; readonly refusal?: { readonly status: number } }): Seen {
  if (error.refusal !== undefined) return `status ${error.refusal.status}`;
  return error.code === 'NETWORK_ANSWER_INVALID' ? 'unreadable' : `${error.code}`;
}

const withOfficialClients: Bank = async (email) => {
  const info = buildSessionInfo(new Date());
  const body = encrypt({ ...info, accountReferences: { ...info.accountReferences, emailAddresses: [email] } });
  const answer = await callOfficially(SESSIONS_PATH, body);
  if (typeof answer === 'string') return { seen: answer };
  const { uri, authenticationSessionId } = answer.body;
  const complete = async (callback: string) => {
    const proofOfAuthentication = new URL(callback).searchParams.get('proofOfAuthentication');
    const bound = await callOfficially(AUTHENTICATORS_PATH, { authenticationSessionId, proofOfAuthentication });
    return typeof bound === 'string' ? bound : 'done';
  };
  return { seen: 'done', uri, complete };
};

function encrypt(info: object): unknown {
  const client = new JweEncryption({
    mode: 'JWE',
    paths: [
      {
        path: SESSIONS_PATH,
        toEncrypt: [{ element: 'srcSessionInitiationRequestInfo', obj: 'srcSessionInitiationRequestInfo' }],
        toDecrypt: [],
      },
    ],
    encryptedValueFieldName: 'encryptedData',
    encryptionCertificate: certificateFile,
    publicKeyFingerprintType: 'publicKey',
  });
  return client.encrypt(SESSIONS_PATH, {}, { clientSessionId: randomUUID(), srcSessionInitiationRequestInfo: info })
    .body;
}

async function callOfficially(path: string, message: unknown): Promise<TestAnswer | Seen> {
  const body = JSON.stringify(message);
  const { consumerKey } = network.client.registration;
  const pem = network.client.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const authorization = OAuth.getAuthorizationHeader(network.publicUrl + path, 'POST', body, consumerKey, pem);
  const answer = await network.client.send({ path, body, authorization }).catch(() => undefined);
  if (answer === undefined) return 'no answer';
  if (answer.status >= 300) return `status ${answer.status}`;
  return typeof answer.body === 'string' ? 'unreadable' : answer;
}

const BANKS: readonly (readonly [name: string, bank: Bank])[] = [
  ['the issuer kit', withKit],
  ['Mastercard’s clients', withOfficialClients],
];

/** The hosted page's decisions: where it goes, by what its back end answers (contract §3). */
function createPage() {
  const browser = network.browser();
  const leave = (returnTo: string, answer: TestAnswer | undefined) => {
    const incomplete = answer?.body.errordetail?.[0]?.reason === 'COMPLIANCE_INCOMPLETE';
    const unreadable = answer === undefined || answer.status < 300;
    const reason = unreadable ? 'UNKNOWN_ERROR' : reasonForHttpStatus(answer.status);
    return buildFailureCallback(returnTo, failureOf(incomplete ? 'INVALID_QUERY_PARAMS' : reason));
  };
  return {
    /** The callback that the page goes to. It sends a result once more if no answer arrives. */
    visit: async (uri: string): Promise<string> => {
      const known = await callbackOf(uri);
      const opened = await browser.open(uri).catch(() => undefined);
      if (opened?.body.redirect !== undefined) return opened.body.redirect;
      if (opened?.body.options === undefined) return leave(opened?.body.returnTo ?? known, opened);
      const offer: Offer = opened.body;
      const credential = browser.answer(offer);
      const send = () => browser.result(credential).catch(() => undefined);
      const result = (await send()) ?? (await send());
      return result?.body.redirect ?? leave(opened.body.returnTo, result);
    },
  };
}

/** The address in the page's template. */
async function callbackOf(uri: string): Promise<string> {
  const sessionId = new URL(uri).searchParams.get('authenticationSessionId');
  const { rows } = await network.database.pool.query('SELECT callback_uri FROM session WHERE session_id = $1', [
    sessionId,
  ]);
  return rows[0].callback_uri;
}

const resultOf = (callback: string) => {
  const { searchParams } = new URL(callback);
  return [searchParams.get('status'), searchParams.get('reason')];
};

/** What a row promises: `status 503`, or the status and the reason of a callback. */
const promised = ({ meets }: SandboxValue): readonly string[] =>
  [...meets.matchAll(/`([A-Z_]+)`/g)].map(([, it]) => it ?? '');

const isCounted = ({ outcome }: SandboxValue) => /^(slow|flaky)-|^lost$/.test(outcome);
const rowsOf = (step: SandboxValue['step']) =>
  SANDBOX_VALUES.filter((value) => value.step === step && !isCounted(value));

async function start(bank: Bank, email: string) {
  const started = await bank(email);
  expect(started.seen).toBe('done');
  if (started.uri === undefined || started.complete === undefined) throw new Error('A started session has both.');
  return { uri: started.uri, complete: started.complete };
}

describe.each(BANKS)('a bank with %s', (name, bank) => {
  /** The kit asks three times where another try may help, and then reports that it got no answer. */
  const seen = (status: string) =>
    name === 'the issuer kit' && ['status 429', 'status 500', 'status 503'].includes(status)
      ? 'NETWORK_UNREACHABLE'
      : status;

  describe('at the Sessions call', () => {
    test.each(rowsOf('sessions'))('$example: $meets', async ({ example, meets }) => {
      const right = meets.startsWith('status') ? seen(meets) : 'unreadable';
      expect(await bank(example)).toEqual({ seen: right });
    });
  });

  describe.each(['open', 'result'] as const)('at the page’s call %s', (step) => {
    test.each(rowsOf(step))('$example: $meets', async (row) => {
      const { uri, complete } = await start(bank, row.example);
      const callback = await createPage().visit(uri);
      expect(resultOf(callback)).toEqual(promised(row));
      if (name === 'the issuer kit') {
        const [status, reason] = promised(row);
        expect(JSON.parse(await complete(callback))).toMatchObject({ status, reason });
      }
    });
  });

  describe('at the Authenticators call', () => {
    test.each(rowsOf('authenticators'))('$example: $meets', async ({ example, meets }) => {
      const { uri, complete } = await start(bank, example);
      const callback = await createPage().visit(uri);
      expect(resultOf(callback)).toEqual(['ENROLLED', null]);
      expect(await complete(callback)).toBe(meets.startsWith('status') ? seen(meets) : 'unreadable');
    });
  });

  test.each(SANDBOX_STEPS)('slow-2@%s.sandbox.example: the right answer, two seconds late', async (step) => {
    const { uri, complete } = await start(bank, `slow-2@${step}.sandbox.example`);
    expect(await complete(await createPage().visit(uri))).toBe('done');
    expect(waited).toEqual([2]);
  });

  /** The kit tries again by itself. */
  const asksAgain = name === 'the issuer kit';

  test('lost@sessions.sandbox.example: no answer, and the next call is answered', async () => {
    const email = 'lost@sessions.sandbox.example';
    if (!asksAgain) expect(await bank(email)).toEqual({ seen: 'no answer' });
    await start(bank, email);
  });

  test('lost@open.sandbox.example: UNKNOWN_ERROR, and the launch address is used up', async () => {
    const { uri } = await start(bank, 'lost@open.sandbox.example');
    expect(resultOf(await createPage().visit(uri))).toEqual(['ERROR', 'UNKNOWN_ERROR']);
    expect(resultOf(await createPage().visit(uri))).toEqual(['ERROR', 'PERMISSION_DENIED']);
  });

  test('lost@result.sandbox.example: the page asks again and gets the proof', async () => {
    const { uri, complete } = await start(bank, 'lost@result.sandbox.example');
    expect(await complete(await createPage().visit(uri))).toBe('done');
  });

  test('lost@authenticators.sandbox.example: the same call again is answered with the same ids', async () => {
    const { uri, complete } = await start(bank, 'lost@authenticators.sandbox.example');
    const callback = await createPage().visit(uri);
    if (!asksAgain) expect(await complete(callback)).toBe('no answer');
    expect(await complete(callback)).toBe('done');
  });

  test('flaky-2@sessions.sandbox.example: every third call of the client is right', async () => {
    const email = 'flaky-2@sessions.sandbox.example';
    for (let round = 0; round < 2; round++) {
      const refused = asksAgain ? [] : [await bank(email), await bank(email)];
      expect(refused.every((answer) => answer.seen === 'status 503')).toBe(true);
      await start(bank, email);
    }
  });

  test.each(['open', 'result'])('flaky-2@%s.sandbox.example: SERVICE_UNAVAILABLE twice, then right', async (step) => {
    const { uri, complete } = await start(bank, `flaky-2@${step}.sandbox.example`);
    const page = createPage();
    const unavailable = ['ERROR', 'SERVICE_UNAVAILABLE'];
    expect([resultOf(await page.visit(uri)), resultOf(await page.visit(uri))]).toEqual([unavailable, unavailable]);
    expect(await complete(await page.visit(uri))).toBe('done');
  });

  test('flaky-2@authenticators.sandbox.example: 503 twice, then right', async () => {
    const { uri, complete } = await start(bank, 'flaky-2@authenticators.sandbox.example');
    const callback = await createPage().visit(uri);
    const refused = asksAgain ? [] : [await complete(callback), await complete(callback)];
    expect(refused.every((answer) => answer === 'status 503')).toBe(true);
    expect(await complete(callback)).toBe('done');
  });
});

describe('a value', () => {
  const withEmails = (...emailAddresses: string[]) => {
    const { accountReferences } = buildSessionInfo(new Date());
    return { info: { accountReferences: { ...accountReferences, emailAddresses } } };
  };

  test('that is almost right is refused, with a pointer and the right ones, and no address', async () => {
    const { status, body } = await network.client.startSession(
      withEmails('ada@bank.example', 'unknown-code@result.sandbox.example'),
    );
    expect(status).toBe(400);
    expect(body.errordetail).toEqual([
      {
        reason: 'INVALID_FIELD',
        sourceType: 'BODY',
        source: '/srcSessionInitiationRequestInfo/accountReferences/emailAddresses/1',
        message: expect.stringContaining('user-cancellation, duplicate-credentials'),
      },
    ]);
    expect(JSON.stringify(body)).not.toContain('unknown-code');
  });

  test('of each step may stand beside the others, and a second one of the same step is refused', async () => {
    const steps = ['slow-2@open.sandbox.example', 'slow-3@result.sandbox.example'];
    const { body } = await network.client.startSession(withEmails(...steps));
    expect(resultOf(await createPage().visit(body.uri))[0]).toBe('ENROLLED');
    expect(waited).toEqual([2, 3]);
    const twice = await network.client.startSession(withEmails('lost@open.sandbox.example', ...steps));
    expect([twice.status, twice.body.errordetail[0].source]).toEqual([
      400,
      '/srcSessionInitiationRequestInfo/accountReferences/emailAddresses/1',
    ]);
  });

  test('is met by the page of its session only: a page that has another session open ends nothing', async () => {
    const first = await start(withKit, 'ada@bank.example');
    const second = await start(withKit, 'user-cancellation@result.sandbox.example');
    const browser = createTestBrowser(network);
    const opened = await browser.open(first.uri);
    const credential = browser.answer(opened.body);
    const { authenticationSessionId } = readLaunchUrl(first.uri);
    await browser.open(second.uri); // the browser has one ceremony cookie
    const refused = await browser.post(RESULT_PATH, { authenticationSessionId, credential });
    expect(refused).toMatchObject({ status: 401, body: { errordetail: [{ reason: 'ACCESS_DENIED' }] } });
    const { rows } = await network.database.pool.query('SELECT state FROM session WHERE session_id = $1', [
      readLaunchUrl(second.uri).authenticationSessionId,
    ]);
    expect(rows).toEqual([{ state: 'opened' }]);
  });

  test('is stored without its address', async () => {
    await network.client.startSession(withEmails('lost@open.sandbox.example'));
    const { rows } = await network.database.pool.query(
      `SELECT row_to_json(o)::text AS row FROM sandbox.session_outcome AS o UNION ALL SELECT row_to_json(o)::text FROM sandbox.client_outcome AS o`,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain('@');
  });
});

test('a shop’s session meets a value too: of a card to add, and of a payment', async () => {
  const clock = () => network.now;
  const issuer = await createVerifyingIssuer(network, { clientId: 'test-bank', clock });
  const registration = { ...network.client.registration, verification: issuer.verification };
  await saveClient(network.database.pool, readRegistration(registration), bySetUp(network.now));
  const shop = await network.addClient(TEST_MERCHANT);
  const accountReferences = {
    ...buildInstrumentInfo().accountReferences,
    emailAddresses: ['user-cancellation@open.sandbox.example'],
  };
  const card = await startInstrument(shop, buildInstrumentInfo({ accountReferences }));
  const payment = await startPayment(shop, buildPaymentInfo({ accountReferences }));
  for (const { body } of [card, payment]) {
    expect(resultOf(await createPage().visit(body.uri))).toEqual(['CANCELLED', 'USER_CANCELLATION']);
  }
});

test('no address of the sandbox is in the log', () => {
  expect(logLines.length).toBeGreaterThan(200);
  expect(logLines.filter((line) => line.includes('sandbox.example'))).toEqual([]);
});

test('two processes of the network count flaky calls together', async () => {
  const other = await startSecondProcess(network);
  try {
    const { body } = await network.client.startSession({
      info: {
        accountReferences: {
          ...buildSessionInfo(new Date()).accountReferences,
          emailAddresses: ['flaky-5@open.sandbox.example'],
        },
      },
    });
    const addresses = Array.from({ length: 4 }, () => [network.address, other.address]).flat();
    const launches = addresses.map((address) =>
      createTestBrowser({ address, publicUrl: network.publicUrl }).open(body.uri),
    );
    const statuses = (await Promise.all(launches)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 503)).toHaveLength(5);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  } finally {
    await other.stop();
  }
});
