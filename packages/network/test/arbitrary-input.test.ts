/** For any input, the answer is one of the contract's and never a 5xx. */
import {
  AUTHENTICATORS_PATH,
  END_PATH,
  GatewayErrorAnswer,
  OPEN_PATH,
  RESULT_PATH,
  SESSIONS_PATH,
  ServiceErrorAnswer,
} from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest, type TestAnswer } from '@payment-passkeys/testkit';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { json, mutated, text } from './mutations.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.stop());

const IS_DRILL = Boolean(process.env.DRILLS);
const RUNS = { numRuns: IS_DRILL ? 1000 : 20 };
const FEW_RUNS = { numRuns: IS_DRILL ? 200 : 10 };
const serviceError = Compile(ServiceErrorAnswer);
const gatewayError = Compile(GatewayErrorAnswer);

function expectAnswer({ status, body }: TestAnswer): void {
  expect(status).toBeLessThan(500);
  if (status >= 400) expect(serviceError.Check(body) || gatewayError.Check(body)).toBe(true);
}

test('Sessions, any body', async () => {
  const bodies = fc.oneof(
    json.map((value) => JSON.stringify(value)),
    fc.string({ unit: 'binary' }),
  );
  const send = async (body: string) => expectAnswer(await network.client.send({ path: SESSIONS_PATH, body }));
  await fc.assert(fc.asyncProperty(bodies, send), RUNS);
  const valid = buildSessionRequest(await network.client.encrypt(buildSessionInfo(network.now)));
  await fc.assert(
    fc.asyncProperty(mutated(valid), async (body) => send(JSON.stringify(body))),
    RUNS,
  );
});

test('Sessions, any encrypted object', async () => {
  const send = async (payload: unknown) => expectAnswer(await network.client.sendInfo(payload));
  await fc.assert(fc.asyncProperty(mutated(buildSessionInfo(network.now)), send), RUNS);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), async (bytes) => send(Buffer.from(bytes))),
    FEW_RUNS,
  );
});

test('Sessions, any hint, and null for any optional field: the session is made', async () => {
  const hint = fc.oneof(json, text, fc.constantFrom('en-US-u-mu-celsius', 'th-TH-u-nu-thai-x-lvariant-TH', 'en_US'));
  const outer = fc.subarray(['clientSessionId', 'srcCorrelationId', 'authenticationReasons']);
  const inner = fc.subarray(['callbackUri', 'complianceSettings', 'locale']);
  const contacts = fc.subarray(['emailAddresses', 'mobileNumbers']);
  const nulls = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, null]));
  await fc.assert(
    fc.asyncProperty(hint, outer, inner, contacts, async (locale, ofRequest, ofInfo, ofAccounts) => {
      fc.pre(!/"(c[vs]c2?|cvv2?|cid|\w*securitycode)"/i.test(JSON.stringify(locale)));
      const info = buildSessionInfo(network.now);
      const accountReferences = { ...info.accountReferences, ...nulls(ofAccounts) };
      const encrypted = await network.client.encrypt({ ...info, locale, ...nulls(ofInfo), accountReferences });
      const body = JSON.stringify({ ...buildSessionRequest(encrypted), ...nulls(ofRequest) });
      expect((await network.client.send({ path: SESSIONS_PATH, body })).status).toBe(201);
    }),
    FEW_RUNS,
  );
});

test('Authenticators, any body', async () => {
  const { session, proof } = await enrol(network, network.browser());
  const { authenticationSessionId } = session;
  const valid = { authenticationSessionId, proofOfAuthentication: proof, srcCorrelationId: 'a' };
  const send = async (body: unknown) =>
    expectAnswer(await network.client.send({ path: AUTHENTICATORS_PATH, body: JSON.stringify(body) }));
  await fc.assert(fc.asyncProperty(fc.oneof(json, mutated(valid)), send), RUNS);
});

test('open, any body and any token', async () => {
  const { body } = await network.client.startSession();
  const { authenticationSessionId, clientSessionId } = body;
  const valid = {
    clientId: 'test-bank',
    authenticationSessionId,
    clientSessionId,
    callbackUri: 'https://www.bank.example/cb',
    complianceSettings: buildSessionInfo(network.now).complianceSettings,
    locale: 'en',
  };
  const token = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
  const open = async (launch: unknown, bearer: string) =>
    expectAnswer(await network.browser().post(OPEN_PATH, launch, { authorization: `Bearer ${bearer}` }));
  await fc.assert(fc.asyncProperty(fc.oneof(json, mutated(valid)), token, open), RUNS);
});

test('result and end, any body and any cookies', async () => {
  const { body: session } = await network.client.startSession();
  const browser = network.browser();
  const credential = browser.answer((await browser.open(session.uri)).body);
  const cookie = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) });
  const changed = fc.oneof(json, mutated({ credential }));
  await fc.assert(
    fc.asyncProperty(changed, async (body) => {
      const again = await browser.open(session.uri); // replaces a challenge that an earlier run consumed
      expectAnswer(again);
      expectAnswer(await browser.post(RESULT_PATH, body));
    }),
    RUNS,
  );
  await fc.assert(
    fc.asyncProperty(json, cookie, cookie, async (body, ceremony, device) => {
      const cookies = `__Host-ceremony=${ceremony}; __Host-device=${device}`;
      expectAnswer(await network.browser().post(RESULT_PATH, { credential }, { cookie: cookies }));
      expectAnswer(await network.browser().post(END_PATH, body, { cookie: cookies }));
    }),
    RUNS,
  );
});

test('result, any ceremony cookie but the own one: 401, and the own one is accepted afterwards', async () => {
  const { body: session } = await network.client.startSession();
  const browser = network.browser();
  const credential = browser.answer((await browser.open(session.uri)).body);
  const own = browser.cookies.get('__Host-ceremony') ?? '';
  const device = browser.cookies.get('__Host-device');
  const secret = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => Buffer.from(bytes).toString('base64url'));
  const at = fc.nat({ max: own.length - 1 });
  const cookie = fc.oneof(
    secret,
    at.map((length) => own.slice(0, length)),
    fc.tuple(at, fc.base64String({ minLength: 1, maxLength: 40 })).map(([length, end]) => own.slice(0, length) + end),
    fc.base64String({ minLength: 1, maxLength: 3000 }).map((end) => own + end.replace(/=+$/, 'A')),
    fc.constantFrom('', 'null', device ?? ''),
  );
  const changed = cookie.filter((value) => value !== own);
  const refuse = async (ceremony: string) => {
    const cookies = `__Host-ceremony=${ceremony}; __Host-device=${device}`;
    return (await network.browser().post(RESULT_PATH, { credential }, { cookie: cookies })).status;
  };
  await fc.assert(
    fc.asyncProperty(fc.array(changed, { minLength: 20, maxLength: 20 }), async (cookies) => {
      expect(new Set(await Promise.all(cookies.map(refuse)))).toEqual(new Set([401]));
    }),
    { numRuns: IS_DRILL ? 1000 : 2 },
  );
  expect(await refuse(own)).toBe(200);
});

test('result, any hints beside a credential: the passkey is taken', async () => {
  const attachment = fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom('platform', 'a-value-of-tomorrow', null));
  const extensions = fc.oneof(fc.constant(null), fc.dictionary(fc.string(), fc.jsonValue()));
  const transport = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('', 'usb', 'internal'));
  const transports = fc.oneof(fc.constant(null), fc.array(transport, { maxLength: 12 }));
  await fc.assert(
    fc.asyncProperty(attachment, extensions, transports, async (authenticatorAttachment, results, transports) => {
      // A member that is named like a security code is refused at any depth. `credProps` may say that the passkey is not discoverable.
      fc.pre(!/"(credProps|c[vs]c2?|cvv2?|cid|\w*securitycode)"/i.test(JSON.stringify(results)));
      const { body: session } = await network.client.startSession();
      const browser = network.browser();
      const credential = browser.answer((await browser.open(session.uri)).body);
      const response = { ...(credential as { response: object }).response, transports };
      const changed = { ...(credential as object), authenticatorAttachment, clientExtensionResults: results, response };
      expect((await browser.post(RESULT_PATH, { credential: changed })).status).toBe(200);
    }),
    FEW_RUNS,
  );
  const { rows } = await network.database.pool.query('SELECT DISTINCT unnest(transports) AS transport FROM passkey');
  for (const { transport } of rows) expect(['usb', 'internal', 'hybrid']).toContain(transport);
});

test('the page, any query', async () => {
  const names = fc.constantFrom('clientId', 'authenticationSessionId', 'clientSessionId', 'callbackUri', 'locale');
  const query = fc.array(fc.tuple(names, text), { maxLength: 5 }).map((pairs) => {
    const encode = (value: string) => encodeURIComponent(value.toWellFormed());
    return pairs.map(([name, value]) => `${name}=${encode(value)}`).join('&');
  });
  await fc.assert(
    fc.asyncProperty(query, async (search) => {
      const response = await fetch(`${network.address}/auth/passkeys?clientId=test-bank&${search}`);
      expect(response.status).toBe(200);
      await response.text();
    }),
    RUNS,
  );
});
