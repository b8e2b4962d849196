import {
  CONSENT_PATH,
  END_PATH,
  OPEN_PATH,
  RESULT_PATH,
  RETURN_PATH,
  reasonForHttpStatus,
} from '@payment-passkeys/protocol';
import { describe, expect, it, vi } from 'vitest';
import { buildBackEnd, PATHS, type Reply, readOpenAnswer } from './backend.ts';
import { LAUNCH, newPhoneAnswer, openAnswer, payAnswer, RETURN_TO, verifyAnswer } from './visit.fixture.ts';

type Answering = (path: string, init: RequestInit) => Promise<Response>;

function backEnd(answering: Answering) {
  const fetch = vi.fn(answering);
  return { fetch, ...buildBackEnd({ fetch: fetch as unknown as typeof globalThis.fetch }) };
}

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const refusal = (reply: Reply<unknown>) => ('refusal' in reply ? reply.refusal : undefined);

describe('the back end, contract §2.1', () => {
  it("is called at the protocol's paths", () => {
    const returnAddress = RETURN_PATH;
    expect(PATHS).toEqual({
      open: OPEN_PATH,
      consent: CONSENT_PATH,
      result: RESULT_PATH,
      end: END_PATH,
      returnAddress,
    });
  });

  it('reports that the passkey was deleted', async () => {
    const answer = (reason: string) => backEnd(async () => json({ errordetail: [{ reason }] }, 400)).result({});
    expect(refusal(await answer('CREDENTIAL_UNKNOWN'))).toMatchObject({ status: 400, passkeyDeleted: true });
    expect(refusal(await answer('CREDENTIAL_REFUSED'))).not.toHaveProperty('passkeyDeleted');
  });

  it('is told the launch, its token in the header alone', async () => {
    const { open, fetch } = backEnd(async () => json(openAnswer()));
    await open({ ...LAUNCH, callbackUri: RETURN_TO, complianceSettings: 'e30', locale: 'fr' });
    const [path, init] = fetch.mock.calls[0] ?? [];
    const { accessToken, ...handles } = LAUNCH;
    expect(path).toBe(OPEN_PATH);
    expect(init).toMatchObject({ method: 'POST', credentials: 'same-origin', redirect: 'error', cache: 'no-store' });
    expect(init?.headers).toEqual({ 'content-type': 'application/json', authorization: `Bearer ${accessToken}` });
    const launch = { ...handles, callbackUri: RETURN_TO, complianceSettings: 'e30', locale: 'fr' };
    expect(JSON.parse(String(init?.body))).toEqual(launch);
    expect(init?.signal).toBeInstanceOf(AbortSignal);
  });

  it('is asked without a token and without any parameter too', async () => {
    const { open, fetch } = backEnd(async () => json(openAnswer()));
    await open({});
    expect(fetch.mock.calls[0]?.[1]).toMatchObject({ body: '{}', headers: { 'content-type': 'application/json' } });
  });

  it('answers the offer of either scenario', async () => {
    for (const scenario of ['CREATE', 'USE'] as const) {
      const { open } = backEnd(async () => json(openAnswer(scenario)));
      expect(await open(LAUNCH)).toEqual({ answer: openAnswer(scenario) });
    }
  });

  it('answers where to go after a result and after an end', async () => {
    const { result, end, fetch } = backEnd(async () => json({ redirect: `${RETURN_TO}&status=x` }));
    expect(await result({ id: 'AQID' })).toEqual({ answer: { redirect: `${RETURN_TO}&status=x` } });
    expect(await end('USER_CANCELLATION')).toEqual({ answer: `${RETURN_TO}&status=x` });
    expect(fetch.mock.calls.map(([path, init]) => [path, JSON.parse(String(init.body))])).toEqual([
      [RESULT_PATH, { credential: { id: 'AQID' } }],
      [END_PATH, { reason: 'USER_CANCELLATION' }],
    ]);
  });
});

describe('a page that has opened a session', () => {
  it('names it in every later call, since another tab may have opened another', async () => {
    const { open, result, end, fetch } = backEnd(async () => json(openAnswer()));
    await open(LAUNCH);
    await result({ id: 'AQID' });
    await end('USER_CANCELLATION');
    const { authenticationSessionId } = LAUNCH;
    expect(fetch.mock.calls.slice(1).map(([, init]) => JSON.parse(String(init.body)))).toEqual([
      { authenticationSessionId, credential: { id: 'AQID' } },
      { authenticationSessionId, reason: 'USER_CANCELLATION' },
    ]);
  });
});

describe("a merchant's session, contract §9 and §11", () => {
  it('answers a payment with its amount, and a question with what is agreed to', async () => {
    for (const answer of [payAnswer(), verifyAnswer()]) {
      expect(await backEnd(async () => json(answer)).open(LAUNCH)).toEqual({ answer });
    }
  });

  it('answers the way back alone where the payment is approved already', async () => {
    const { open } = backEnd(async () => json({ redirect: `${RETURN_TO}&status=AUTHENTICATED` }));
    expect(await open(LAUNCH)).toEqual({ answer: { redirect: `${RETURN_TO}&status=AUTHENTICATED` } });
  });

  it('is told what was shown and agreed to, and of a way back from the issuer nothing', async () => {
    const { consent, open, fetch } = backEnd(async () => json({ redirect: 'https://bank.example/v?request=a.b.c' }));
    const shown = { language: 'en', statement: 'By continuing, you agree.' };
    expect(await consent(shown)).toEqual({ answer: 'https://bank.example/v?request=a.b.c' });
    await open({ verification: 'answered' });
    expect(fetch.mock.calls.map(([path, init]) => [path, init.body])).toEqual([
      [CONSENT_PATH, JSON.stringify(shown)],
      [OPEN_PATH, '{}'],
    ]);
  });

  it('says of a passkey made on the way that the session is to be opened again', async () => {
    expect(await backEnd(async () => json({ reopen: true })).result({})).toEqual({ answer: { reopen: true } });
  });

  it.each([
    [
      'a payment without what is to be paid',
      { ...payAnswer(), display: { ...payAnswer().display, payment: undefined } },
    ],
    ['a payment without options', { ...payAnswer(), options: undefined }],
    ['a question without documents', { ...verifyAnswer(), documents: undefined }],
    [
      'a question with a document that a browser would run',
      {
        ...verifyAnswer(),
        documents: { complianceResources: [{ complianceType: 'PRIVACY_POLICY', uri: 'javascript:alert(1)' }] },
      },
    ],
    ['a question without an issuer', { ...verifyAnswer(), issuerName: undefined }],
  ])('cannot be read: %s', async (_, answer) => {
    const { open } = backEnd(async () => json(answer));
    expect(refusal(await open(LAUNCH))?.reason).toBe('UNKNOWN_ERROR');
  });
});

describe('a refusal, contract §3', () => {
  const rows = [
    [400, 'INVALID_ARGUMENT'],
    [401, 'PERMISSION_DENIED'],
    [403, 'FORBIDDEN'],
    [404, 'NOT_FOUND'],
    [500, 'INVALID_STATE'],
    [503, 'SERVICE_UNAVAILABLE'],
    [402, 'SERVICE_ERROR'],
    [409, 'SERVICE_ERROR'],
    [413, 'SERVICE_ERROR'],
    [415, 'SERVICE_ERROR'],
    [429, 'SERVICE_ERROR'],
    [502, 'SERVICE_ERROR'],
    [504, 'SERVICE_ERROR'],
  ] as const;

  it.each(rows)('%i is %s, from each of the three calls, whatever the body', async (status, reason) => {
    expect(reasonForHttpStatus(status)).toBe(reason);
    for (const body of ['{}', 'null', '[]', '<html>']) {
      const calls = backEnd(async () => new Response(body, { status }));
      const replies = await Promise.all([calls.open(LAUNCH), calls.result({}), calls.end('UNKNOWN_ERROR')]);
      expect(replies).toEqual(replies.map(() => ({ refusal: { reason, status } })));
    }
  });

  it('names the callback that the page may still return to, if it is one', async () => {
    const { open } = backEnd(async () => json({ returnTo: RETURN_TO }, 404));
    expect(refusal(await open(LAUNCH))?.returnTo).toBe(RETURN_TO);
    const evil = backEnd(async () => json({ returnTo: 'javascript:alert(1)' }, 404));
    expect(refusal(await evil.open(LAUNCH))).toEqual({ reason: 'NOT_FOUND', status: 404 });
  });

  it('tells the callback of a launch, if it is one; the token is not sent', async () => {
    const asked = backEnd(async () => json({ returnTo: RETURN_TO }));
    expect(await asked.returnAddress({ ...LAUNCH, callbackUri: RETURN_TO })).toBe(RETURN_TO);
    const [path, init] = asked.fetch.mock.calls[0] ?? [];
    const { accessToken: _, ...launch } = LAUNCH;
    expect(path).toBe(RETURN_PATH);
    expect(JSON.parse(String(init?.body))).toEqual({ ...launch, callbackUri: RETURN_TO });
    expect(init?.headers).toEqual({ 'content-type': 'application/json' });
    for (const answer of [json({ returnTo: 'javascript:alert(1)' }), json({}), json(7), json({}, 503)]) {
      expect(await backEnd(async () => answer).returnAddress(LAUNCH)).toBeUndefined();
    }
    expect(await backEnd(() => Promise.reject(new TypeError())).returnAddress(LAUNCH)).toBeUndefined();
  });

  it('tells incomplete compliance details apart', async () => {
    for (const detail of [
      { reason: 'COMPLIANCE_INCOMPLETE' },
      { reason: 'INVALID_FIELD', source: '/complianceSettings/x' },
    ]) {
      const { open } = backEnd(async () => json({ errordetail: [{ reason: 'STALE', source: '/x' }, detail] }, 400));
      expect(refusal(await open(LAUNCH))?.complianceIncomplete).toBe(true);
    }
    const other = backEnd(async () => json({ errordetail: [null, { reason: 'INVALID_FIELD', source: '/x' }] }, 400));
    expect(refusal(await other.open(LAUNCH))?.complianceIncomplete).toBeUndefined();
  });

  it('is UNKNOWN_ERROR where no answer arrives', async () => {
    const calls = backEnd(() => Promise.reject(new TypeError('Failed to fetch')));
    expect(refusal(await calls.open(LAUNCH))).toEqual({ reason: 'UNKNOWN_ERROR', unreachable: true });
    expect(refusal(await calls.end('UNKNOWN_ERROR'))).toEqual({ reason: 'UNKNOWN_ERROR', unreachable: true });
  });

  it.each(['', '<html>', 'null', '[]', '{}', '{"redirect":1}'])(
    'is UNKNOWN_ERROR for the unreadable answer %j',
    async (body) => {
      const calls = backEnd(async () => new Response(body));
      const replies = await Promise.all([calls.open(LAUNCH), calls.result({}), calls.end('UNKNOWN_ERROR')]);
      expect(replies).toEqual(replies.map(() => ({ refusal: { reason: 'UNKNOWN_ERROR' } })));
    },
  );

  it('of a result that never arrived is asked again, once; one that did is not', async () => {
    let asked = 0;
    const flaky = backEnd(() =>
      asked++ === 0 ? Promise.reject(new TypeError()) : Promise.resolve(json({ redirect: RETURN_TO })),
    );
    expect(await flaky.result({})).toEqual({ answer: { redirect: RETURN_TO } });
    const dead = backEnd(() => Promise.reject(new TypeError()));
    expect(refusal(await dead.result({}))?.reason).toBe('UNKNOWN_ERROR');
    expect(dead.fetch).toHaveBeenCalledTimes(2);
    const broken = backEnd(async () => json({}, 500));
    await broken.result({});
    expect(broken.fetch).toHaveBeenCalledTimes(1);
  });
});

describe("open's answer", () => {
  it.each([
    ['scenario', { scenario: 'OTHER' }],
    ['options', { options: null }],
    ['options', { options: [] }],
    ['returnTo', { returnTo: undefined }],
    ['returnTo', { returnTo: 'data:text/html,x' }],
    ['display', { display: undefined }],
    ['clientName', { display: { locale: 'en', accounts: [] } }],
    ['locale', { display: { clientName: 'x', accounts: [] } }],
    ['accounts', { display: { clientName: 'x', locale: 'en' } }],
    ['an account', { display: { clientName: 'x', locale: 'en', accounts: [{}] } }],
    ['alternative', { alternative: { scenario: 'USE' } }],
  ])('without a usable %s is unreadable', (_, broken) => {
    expect(readOpenAnswer({ ...openAnswer(), ...broken })).toBeUndefined();
  });

  it.each([
    ['a question to the issuer without its name', { scenario: 'VERIFY', documents: { complianceResources: [] } }],
    [
      'a document that is no address',
      { ...newPhoneAnswer().alternative, documents: { complianceResources: [{ uri: 'javascript:1' }] } },
    ],
    ['nothing', null],
  ])('is unreadable with %s beside the payment', (_, alternative) => {
    expect(readOpenAnswer(newPhoneAnswer())).toEqual(newPhoneAnswer());
    expect(readOpenAnswer({ ...newPhoneAnswer(), alternative })).toBeUndefined();
  });

  it('may have no alternative, and fields that nobody knows', () => {
    const { alternative: _, ...answer } = openAnswer();
    expect(readOpenAnswer({ ...answer, later: 1 })).toEqual({ ...answer, later: 1 });
  });
});
