/** Each wrong field of a Sessions call is answered with the contract's error and a pointer to the field, and never with its value. */
import { randomUUID } from 'node:crypto';
import { SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ABSENT, type Case, change, each, expectRefusal, faults, long, MARK, optional } from './bad-input.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
  await network.addClient({ clientId: 'other-bank', consumerKey: 'other', accountRanges: ['411111'] });
});
afterAll(() => network.stop());

describe('a Sessions call, outside', () => {
  const cases: Case[] = [
    ...optional('/clientSessionId', '', MARK, long(37), '86bd4a91-1f6e-4a57-9d1c-9a1c6f3e2b1g', `{${randomUUID()}}`),
    ...optional('/srcCorrelationId', '', long(65), `${MARK} ${MARK}`, `${MARK}\n`, `${MARK}é`),
    ...each('/authenticationReasons', [5, true, {}, MARK]),
    ['/authenticationReasons', []],
    ['/authenticationReasons', ['ACCOUNT_LOGIN', 'ACCOUNT_LOGIN']],
    ['/authenticationReasons/0', MARK],
    ['/authenticationReasons/0', 'account_login'],
    ['/authenticationReasons/0', 5],
    ['/authenticationReasons/0', 'ENROL_FINANCIAL_INSTRUMENT', 403, 'REASON_NOT_ALLOWED'],
    ['/authenticationReasons/0', 'TRANSACTION_AUTHENTICATION', 403, 'REASON_NOT_ALLOWED'],
    ['/srcSessionInitiationRequestInfo', ABSENT],
    ...each('/srcSessionInitiationRequestInfo', [null, 5, true, [MARK], MARK]),
    ...faults('/srcSessionInitiationRequestInfo/encryptedData', '', long(48 * 1024 + 1)),
    ...each(
      '/srcSessionInitiationRequestInfo/encryptedData',
      [MARK, 'a.b.c.d.e', '....', 'e30.e30.e30.e30.e30'],
      400,
      'DECRYPTION_FAILED',
    ),
    ...['cardSecurityCode', 'CVC', 'cvv2'].map((name): Case => [`/${name}`, MARK, 400, 'SECURITY_CODE_REFUSED']),
    ['/srcSessionInitiationRequestInfo/cvc', MARK, 400, 'SECURITY_CODE_REFUSED'],
  ];

  test.each(cases)('%s: %j', async (...fault) => {
    const valid = buildSessionRequest(await network.client.encrypt(buildSessionInfo(network.now)));
    const body = JSON.stringify(change(valid, fault[0], fault[1]));
    expectRefusal(await network.client.send({ path: SESSIONS_PATH, body }), '', fault);
  });

  test.each(['/clientSessionId', '/srcCorrelationId', '/authenticationReasons'])(
    'an optional field that is null is as if absent: %s',
    async (pointer) => {
      const valid = buildSessionRequest(await network.client.encrypt(buildSessionInfo(network.now)));
      const body = JSON.stringify(change(valid, pointer, null));
      const answer = await network.client.send({ path: SESSIONS_PATH, body });
      expect(answer.status).toBe(201);
      expect([answer.body.clientSessionId, answer.body.srcCorrelationId]).toEqual([
        expect.any(String),
        expect.any(String),
      ]);
    },
  );

  test('a name twice in one object is refused, as a security code could hide in the first', async () => {
    const encryptedData = await network.client.encrypt(buildSessionInfo(network.now));
    const twice = `{"extra":{"cvv":"1"},"extra":1,"srcSessionInitiationRequestInfo":{"encryptedData":"${encryptedData}"}}`;
    const answer = await network.client.send({ path: SESSIONS_PATH, body: twice });
    expect([answer.status, answer.body.errordetail[0].reason]).toEqual([400, 'MALFORMED_JSON']);
    const once = twice.replace('"extra":{"cvv":"1"},', '"other":{"extra":"a \\" : {"},');
    expect((await network.client.send({ path: SESSIONS_PATH, body: once })).status).toBe(201);
  });

  test('a field that the message does not have is named in a header, in sandbox mode', async () => {
    const info = { ...buildSessionInfo(network.now), complianceSetings: {}, callbackURL: '', [MARK]: 1, a_b: 2 };
    const request = {
      ...buildSessionRequest(await network.client.encrypt(info)),
      clientSesionId: randomUUID(),
      '5555555555554444': 1,
    };
    const answer = await network.client.send({ path: SESSIONS_PATH, body: JSON.stringify(request) });
    expect(answer.status).toBe(201);
    const at = '/srcSessionInitiationRequestInfo';
    expect(answer.headers.get('x-unknown-fields')).toBe(
      `/clientSesionId, /* (1), ${at}/complianceSetings, ${at}/callbackURL, ${at}/* (2)`,
    );
    // A refusal names unknown fields too: a missing field may be misspelt.
    const { consent, ...rest } = buildSessionInfo(network.now);
    const refused = await network.client.sendInfo({ ...rest, consents: consent });
    expect([refused.status, refused.headers.get('x-unknown-fields')]).toEqual([400, `${at}/consents`]);
    const many = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`x${'abcdefgh'.slice(n % 8)}${'y'.repeat(n >> 3)}`, 1]),
    );
    const bounded = await network.client.sendInfo({ ...buildSessionInfo(network.now), ...many });
    expect(bounded.headers.get('x-unknown-fields')?.split(', ')).toHaveLength(9);
    expect((await network.client.startSession()).headers.get('x-unknown-fields')).toBeNull();
  });
});

describe('a Sessions call, the encrypted object', () => {
  const CARD = '/accountReferences/cards/0';
  const CARD_SCHEMA = { primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2032' };
  const RESOURCE = { complianceType: 'COOKIES', uri: 'https://a.example/', version: '1', datePublished: '2026-01-01' };
  const resource = '/complianceSettings/complianceResources/0';
  const minutesAgo = (minutes: number) => new Date(Date.parse('2026-11-24T12:00:00Z') - minutes * 60_000).toISOString();
  const cases: Case[] = [
    ['/accountReferences', ABSENT],
    ...each('/accountReferences', [null, 5, [], MARK]),
    ['/accountReferences/cards', ABSENT],
    ...each('/accountReferences/cards', [null, 5, {}, MARK, [], Array(21).fill(CARD_SCHEMA)]),
    ...each(CARD, [null, 5, MARK, []]),
    ...faults(
      `${CARD}/primaryAccountNumber`,
      '',
      MARK,
      '55555555',
      '5555 5555 5555 4444',
      '5'.repeat(20),
      '٥٥٥٥٥٥٥٥٥٥٥٥٤٤٤٤',
    ),
    [`${CARD}/primaryAccountNumber`, '5555555555554445'],
    [`${CARD}/primaryAccountNumber`, '4111111111111111', 403, 'ACCOUNT_NOT_ELIGIBLE'],
    ...faults(`${CARD}/panExpirationMonth`, '', '0', '00', '13', '1', '012', MARK),
    ...faults(`${CARD}/panExpirationYear`, '', '32', '1999', '20322', MARK),
    [`${CARD}/panExpirationYear`, '2025', 400, 'CARD_EXPIRED', `${CARD}/panExpirationMonth`],
    ...optional(`${CARD}/cardholderFullName`, '', long(101), `${MARK}\0`, `${MARK}\n`, '\ud800'),
    ...each('/accountReferences/emailAddresses', [5, {}, MARK, Array(21).fill('a@mail.example')]),
    ...each('/accountReferences/emailAddresses/0', [
      '',
      MARK,
      `${MARK}@`,
      `@${MARK}`,
      `${MARK}@${MARK}@a`,
      `${MARK} a@b`,
      `${MARK}@${'a'.repeat(250)}`,
      5,
      null,
    ]),
    ...each('/accountReferences/mobileNumbers', [
      5,
      {},
      MARK,
      Array(21).fill({ countryCode: '1', phoneNumber: '5550100123' }),
    ]),
    ...each('/accountReferences/mobileNumbers/0', [null, 5, MARK, []]),
    ...faults('/accountReferences/mobileNumbers/0/countryCode', '', '+1', '0', '12345', MARK),
    ...faults('/accountReferences/mobileNumbers/0/phoneNumber', '', '123', '555-0100', '5'.repeat(15), MARK),
    ['/cardholderVerification', ABSENT],
    ...each('/cardholderVerification', [null, 5, [], MARK]),
    ...faults('/cardholderVerification/method', '', 'otp', MARK),
    ...faults(
      '/cardholderVerification/verifiedAt',
      '',
      MARK,
      '2026-11-24',
      '2026-11-24T12:00:00',
      '2026-13-24T12:00:00Z',
      '1795521600',
    ),
    ['/cardholderVerification/verifiedAt', minutesAgo(16), 400, 'STALE'],
    ['/cardholderVerification/verifiedAt', minutesAgo(-2), 400, 'STALE'],
    ['/consent', ABSENT],
    ...each('/consent', [null, 5, [], MARK]),
    ...faults('/consent/country', '', 'us', 'USA', '12', MARK),
    ['/consent/country', 'FR', 403, 'COUNTRY_NOT_ELIGIBLE'],
    ...faults('/consent/language', '', 'e', 'english-language', 'en_US', long(36), `${MARK} `),
    ...faults('/consent/acceptedAt', '', MARK, '2026-11-24', '24/11/2026'),
    ['/consent/acceptedAt', minutesAgo(16), 400, 'STALE'],
    ['/consent/acceptedAt', minutesAgo(-2), 400, 'STALE'],
    ...each('/complianceSettings', [5, [], MARK]),
    ['/complianceSettings/complianceResources', ABSENT],
    ...each('/complianceSettings/complianceResources', [null, 5, {}, MARK, [], Array(11).fill(RESOURCE)]),
    [resource, ABSENT, 400, 'COMPLIANCE_INCOMPLETE', '/complianceSettings/complianceResources'],
    [`${resource}/complianceType`, 'COOKIES', 400, 'COMPLIANCE_INCOMPLETE', '/complianceSettings/complianceResources'],
    ...each(resource, [null, 5, MARK, []]),
    ...faults(`${resource}/complianceType`, '', long(65)),
    ...faults(
      `${resource}/uri`,
      '',
      MARK,
      'ftp://a.example/',
      'javascript:alert(1)',
      `https://a.example/${long(1024)}`,
      'https://a.example/\0',
    ),
    ...optional(`${resource}/version`, '', long(11), '1\0', '\ud800'),
    ...optional(`${resource}/datePublished`, '', MARK, '2026', '01.01.2026', '2026-01-01T12:00', '1'.repeat(17)).filter(
      ([, value]) => value !== '2026',
    ),
    ...optional('/callbackUri', ''),
    ...each(
      '/callbackUri',
      [
        MARK,
        '/passkeys/callback',
        'http://bank.example/cb',
        'https://user@bank.example/cb',
        'https://bank.example/cb#top',
        'https://bank.example/cb?status=ENROLLED',
        'https://bank.example/cb?%72eason=x',
        'https:\\\\bank.example\\cb',
        'https://bank.example/a b',
        'javascript:alert(1)',
        'com.example.other:/cb',
      ],
      400,
      'CALLBACK_INVALID',
    ),
    ['/callbackUri', `https://bank.example/${long(2048)}`],
    ['/callbackUri', 'https://bank.example/cb\r\nX: y'],
    ...['cvc', 'CVV2', 'cardSecurityCode', 'securityCode', 'cvc2', 'cvv', 'cid', 'CSC'].map(
      (name): Case => [`${CARD}/${name}`, '123', 400, 'SECURITY_CODE_REFUSED'],
    ),
    ['/extra', { nested: [{ Cvv: '123' }] }, 400, 'SECURITY_CODE_REFUSED', '/*/*/0/Cvv'],
    ['/5555555555554444', { cvv: '123' }, 400, 'SECURITY_CODE_REFUSED', '/*/cvv'],
  ];

  test.each(cases)('%s: %j', async (...fault) => {
    const answer = await network.client.sendInfo(change(buildSessionInfo(network.now), fault[0], fault[1]));
    expectRefusal(answer, '/srcSessionInitiationRequestInfo', fault);
  });

  test('more than 20 accounts in all', async () => {
    const emailAddresses = Array.from({ length: 19 }, (_, n) => `avery+${n}@mail.example`);
    const answer = await network.client.sendInfo(
      change(buildSessionInfo(network.now), '/accountReferences/emailAddresses', emailAddresses),
    );
    expectRefusal(answer, '/srcSessionInitiationRequestInfo', ['/accountReferences', '', 400, 'TOO_MANY_ACCOUNTS']);
  });

  test('that is not JSON, not UTF-8, or no object', async () => {
    const pointer = '/srcSessionInitiationRequestInfo/encryptedData';
    for (const bytes of ['', 'text', '{', '{"a":"\xff"}']) {
      const answer = await network.client.sendInfo(Buffer.from(bytes, 'latin1'));
      expectRefusal(answer, '', [pointer, MARK, 400, 'MALFORMED_JSON']);
    }
    for (const payload of [null, 5, 'text', [], [[[]]]]) {
      expectRefusal(await network.client.sendInfo(payload), '', ['/srcSessionInitiationRequestInfo', payload]);
    }
    const deep = Buffer.from('['.repeat(16_000) + ']'.repeat(16_000));
    expectRefusal(await network.client.sendInfo(deep), '', ['/srcSessionInitiationRequestInfo', deep]);
  });

  test('with a key that is not on offer: UNKNOWN_KEY_ID, naming those that are', async () => {
    const jwe = await network.client.encrypt(buildSessionInfo(network.now));
    const header = Buffer.from(JSON.stringify({ kid: 'other', alg: 'RSA-OAEP-256', enc: 'A256GCM' })).toString(
      'base64url',
    );
    const body = JSON.stringify(buildSessionRequest([header, ...jwe.split('.').slice(1)].join('.')));
    const answer = await network.client.send({ path: SESSIONS_PATH, body });
    expectRefusal(answer, '', ['/srcSessionInitiationRequestInfo/encryptedData', MARK, 400, 'UNKNOWN_KEY_ID']);
    const offered = network.running.network.keys.current().encryption[0]?.kid;
    expect(answer.body.errordetail[0].message).toContain(offered);
  });

  test('with several faults: every one is told, outermost first', async () => {
    const info = change(change(buildSessionInfo(network.now), '/consent', ABSENT), '/callbackUri', 5);
    const { body } = await network.client.sendInfo(info);
    const told = body.errordetail.map(({ reason, source }: { reason: string; source: string }) => [reason, source]);
    expect(told).toEqual([
      ['MISSING_FIELD', '/srcSessionInitiationRequestInfo/consent'],
      ['INVALID_FIELD', '/srcSessionInitiationRequestInfo/callbackUri'],
    ]);
  });

  test.each([
    '/accountReferences/cards/0/cardholderFullName',
    '/accountReferences/emailAddresses',
    '/accountReferences/mobileNumbers',
    '/complianceSettings',
    '/complianceSettings/complianceResources/0/version',
    '/complianceSettings/complianceResources/1/datePublished',
    '/callbackUri',
    '/locale',
    // This field belongs to another authentication reason, so it must be absent.
    '/transaction',
    '/bindingId',
  ])('an optional field that is null is as if absent: %s', async (pointer) => {
    const info = change(buildSessionInfo(network.now), pointer, null);
    expect((await network.client.sendInfo(info)).status).toBe(201);
  });

  const hints: readonly (readonly [hint: unknown, shown: string])[] = [
    ['en-US-u-mu-celsius', 'en-US'],
    ['th-TH-u-nu-thai-x-lvariant-TH', 'th-TH'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    ...['en_US', MARK, 'e', '', long(5000), 5, null, {}, [MARK]].map((hint) => [hint, 'fr'] as const),
  ];
  test.each(hints)('the locale is a hint, and refuses nothing: %j is %s', async (locale, shown) => {
    const info = change(buildSessionInfo(network.now), '/locale', locale);
    const spoken = change(info, '/consent/language', 'fr-u-mu-celsius');
    const { status, body: session } = await network.client.sendInfo(spoken);
    expect(status).toBe(201);
    expect((await network.browser().open(session.uri)).body.display.locale).toBe(shown);
  });

  test.each([
    ['{"extra":{"cvv":"1"},"extra":1}', '/srcSessionInitiationRequestInfo/encryptedData'],
    ['{"a":[{"b":{"cvc":1},"\\u0062":0}]}', '/srcSessionInitiationRequestInfo/encryptedData'],
  ])('a name twice in one object is refused, as a security code could hide in the first: %s', async (text, pointer) => {
    const info = JSON.stringify(buildSessionInfo(network.now)).slice(1);
    const answer = await network.client.sendInfo(Buffer.from(`${text.slice(0, -1)},${info}`));
    expectRefusal(answer, '', [pointer, MARK, 400, 'MALFORMED_JSON']);
  });

  test.each(['/extra', '/consent/extra', '/accountReferences/extra', '/accountReferences/cards/0/extra'])(
    'an unknown extra field is ignored: %s',
    async (pointer) => {
      for (const value of [MARK, { nested: [null, MARK] }]) {
        const { status } = await network.client.sendInfo(change(buildSessionInfo(network.now), pointer, value));
        expect(status).toBe(201);
      }
    },
  );

  test('one that nests deeper than the call stack is ignored as well', async () => {
    const { accountReferences, ...info } = buildSessionInfo(network.now);
    const deep = `{"extra":${'['.repeat(15_000)}${']'.repeat(15_000)},`;
    const text = JSON.stringify({ ...info, accountReferences }).replace(
      '{"primaryAccountNumber"',
      `${deep}"primaryAccountNumber"`,
    );
    expect((await network.client.sendInfo(Buffer.from(text))).status).toBe(201);
  });
});
