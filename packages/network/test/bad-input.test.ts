/** Each wrong field of an Authenticators call and of the page's calls is answered with the error and a pointer to the field, never with its value. */
import { AUTHENTICATORS_PATH, END_PATH, OPEN_PATH, RESULT_PATH } from '@payment-passkeys/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ABSENT, type Case, change, each, expectRefusal, faults, long, MARK, optional } from './bad-input.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
  await network.addClient({ clientId: 'other-bank', consumerKey: 'other', accountRanges: ['411111'] });
});
afterAll(() => network.stop());

describe('an Authenticators call', () => {
  const proof = 'a.b.c';
  const cases: Case[] = [
    ...faults('/authenticationSessionId', '', MARK, long(65), `${long(30)} `, `${long(30)}/`),
    ...faults('/proofOfAuthentication', '', MARK, 'a.b', 'a.b.c.d', `${proof}=`, `a.b.${long(4096)}`),
    ...optional('/srcCorrelationId', '', long(65), `${MARK} ${MARK}`),
    ['/cvv', '123', 400, 'SECURITY_CODE_REFUSED'],
  ];

  test.each(cases)('%s: %j', async (...fault) => {
    const valid = { authenticationSessionId: 'A'.repeat(32), proofOfAuthentication: proof, srcCorrelationId: 'a' };
    const body = JSON.stringify(change(valid, fault[0], fault[1]));
    expectRefusal(await network.client.send({ path: AUTHENTICATORS_PATH, body }), '', fault);
  });

  test('an optional field that is null is as if absent', async () => {
    const { session, proof } = await enrol(network, network.browser());
    const { authenticationSessionId } = session;
    const body = JSON.stringify({ authenticationSessionId, proofOfAuthentication: proof, srcCorrelationId: null });
    const answer = await network.client.send({ path: AUTHENTICATORS_PATH, body });
    expect([answer.status, answer.body.srcCorrelationId]).toEqual([201, session.srcCorrelationId]);
  });

  test('an unknown extra field is ignored', async () => {
    const { session, proof } = await enrol(network, network.browser());
    const { authenticationSessionId } = session;
    const body = JSON.stringify({ authenticationSessionId, proofOfAuthentication: proof, extra: { a: [1] } });
    expect((await network.client.send({ path: AUTHENTICATORS_PATH, body })).status).toBe(201);
  });
});

describe("the page's back end", () => {
  async function opened() {
    const { body: session } = await network.client.startSession();
    const browser = network.browser();
    return { browser, offer: (await browser.open(session.uri)).body };
  }

  const launch: Case[] = [
    ...['/clientId', '/authenticationSessionId', '/clientSessionId'].flatMap((pointer): Case[] => [
      [pointer, ABSENT],
      [pointer, null, 400, 'MISSING_FIELD'],
      ...optional(pointer, long(257)),
    ]),
    ['/clientId', `${MARK} `],
    ['/authenticationSessionId', MARK],
    ['/clientSessionId', MARK],
    ...optional('/callbackUri', long(4097)),
    ...each('/complianceSettings', [5, true, [MARK], long(16 * 1024 + 1)]),
    ['/securityCode', '123', 400, 'SECURITY_CODE_REFUSED'],
    [
      '/complianceSettings',
      { complianceResources: [{ csc: 1 }] },
      400,
      'SECURITY_CODE_REFUSED',
      '/complianceSettings/complianceResources/0/csc',
    ],
  ];
  test.each(launch)('open, %s: %j', async (...fault) => {
    const { body } = await network.client.startSession();
    const { authenticationSessionId, clientSessionId } = body;
    const valid = { clientId: 'test-bank', authenticationSessionId, clientSessionId };
    const answer = await network.browser().post(OPEN_PATH, change(valid, fault[0], fault[1]));
    expectRefusal(answer, '', fault);
  });

  const ignored: readonly (readonly [pointer: string, value: unknown])[] = [
    ['/callbackUri', null],
    ['/complianceSettings', null],
    ...[null, 5, {}, [MARK], long(257), 'en_US'].map((hint) => ['/locale', hint] as const),
  ];
  test.each(ignored)(
    'open, %s: %j refuses nothing: null is as if absent, and a locale is a hint',
    async (pointer, value) => {
      const { body } = await network.client.startSession();
      const launch = { clientId: 'test-bank', callbackUri: undefined, complianceSettings: undefined };
      const answer = await network.browser().open(body.uri, change(launch, pointer, value) as Record<string, unknown>);
      expect([answer.status, answer.body.display?.locale]).toEqual([200, 'en-US']);
    },
  );

  const registration: Case[] = [
    ['/credential', ABSENT],
    ...each('/credential', [null, 5, MARK, []]),
    ...faults('/credential/id', '+', long(1401)).filter(([, value]) => value !== ''),
    ...faults('/credential/rawId', `${MARK}=`, long(1401)),
    ...faults('/credential/type', '', MARK),
    ['/credential/response', ABSENT],
    ...each('/credential/response', [null, 5, MARK, []]),
    ...faults('/credential/response/clientDataJSON', `${MARK}+`, long(8193)),
    ...optional('/credential/response/attestationObject', `${MARK}+`, long(32 * 1024 + 1)),
    ['/credential/response/attestationObject', ABSENT],
    ...each('/credential/response/transports', [5, {}, MARK, Array(65).fill('usb')]),
    ['/credential/response/transports/0', 5],
    ['/credential/response/transports/0', long(257)],
    ...each('/credential/authenticatorAttachment', [5, [], {}, long(257)]),
    ...each('/credential/clientExtensionResults', [5, [], MARK]),
    ['/credential/cvc', '1', 400, 'SECURITY_CODE_REFUSED'],
  ];
  test.each(registration)('result of a creation, %s: %j', async (...fault) => {
    const { browser, offer } = await opened();
    const body = change({ credential: browser.answer(offer) }, fault[0], fault[1]);
    expectRefusal(await browser.post(RESULT_PATH, body), '', fault);
  });

  const hints: Case[] = [
    ...each('/credential/authenticatorAttachment', ['a-value-of-tomorrow', '', null, ABSENT]),
    ...each('/credential/clientExtensionResults', [null, ABSENT]),
    ...each('/credential/response/transports', [null, ABSENT, [], [''], [MARK, 'usb'], Array(9).fill('usb')]),
  ];
  test.each(hints)('result of a creation, %s: %j is a hint, and refuses nothing', async (pointer, value) => {
    const { browser, offer } = await opened();
    const body = change({ credential: browser.answer(offer) }, pointer, value);
    expect((await browser.post(RESULT_PATH, body)).status).toBe(200);
    const { rows } = await network.database.pool.query('SELECT transports FROM passkey ORDER BY created_at DESC');
    for (const { transports } of rows) expect(['', 'usb', 'internal', 'hybrid,internal']).toContain(transports.join());
  });

  test.each(['', null, ABSENT])('result of a use, a userHandle of %j is none', async (userHandle) => {
    const browser = network.browser();
    await enrol(network, browser);
    const { body: session } = await network.client.startSession();
    const credential = browser.answer((await browser.open(session.uri)).body);
    const body = change({ credential }, '/credential/response/userHandle', userHandle);
    expect((await browser.post(RESULT_PATH, body)).status).toBe(200);
  });

  const assertion: Case[] = [
    ...optional('/credential/response/authenticatorData', `${MARK}+`, long(4097)),
    ...optional('/credential/response/signature', `${MARK}+`, long(2049)),
    ...each('/credential/response/userHandle', [5, {}, [], `${MARK}+`, long(129)]),
  ];
  test.each(assertion)('result of a use, %s: %j', async (...fault) => {
    const browser = network.browser();
    await enrol(network, browser);
    const { body: session } = await network.client.startSession();
    const offer = (await browser.open(session.uri)).body;
    expect(offer.scenario).toBe('USE');
    const body = change({ credential: browser.answer(offer) }, fault[0], fault[1]);
    expectRefusal(await browser.post(RESULT_PATH, body), '', fault);
  });

  test('result, a credential that is well-formed and of no ceremony', async () => {
    const { browser, offer } = await opened();
    for (const clientData of [
      '',
      '{}',
      '[]',
      '{"type":"payment.get","challenge":"AAAA"}',
      '{"type":"webauthn.create"}',
    ]) {
      const clientDataJSON = Buffer.from(clientData || 'x').toString('base64url');
      const body = change({ credential: browser.answer(offer) }, '/credential/response/clientDataJSON', clientDataJSON);
      expectRefusal(await browser.post(RESULT_PATH, body), '', [
        '/credential/response/clientDataJSON',
        MARK,
        400,
        'CREDENTIAL_REFUSED',
      ]);
    }
  });

  test.each(faults('/reason', '', MARK))('end, %s: %j', async (...fault) => {
    const { browser } = await opened();
    expectRefusal(await browser.post(END_PATH, change({ reason: '' }, fault[0], fault[1])), '', fault);
    expect((await browser.end('USER_CANCELLATION')).status).toBe(200);
  });

  test('an unknown extra field is ignored', async () => {
    const { body: session } = await network.client.startSession();
    const browser = network.browser();
    const { status, body: offer } = await browser.open(session.uri, { extra: { a: [1] } });
    expect(status).toBe(200);
    const body = change(change({ credential: browser.answer(offer) }, '/credential/extra', 1), '/extra', 1);
    expect((await browser.post(RESULT_PATH, body)).status).toBe(200);
  });
});
