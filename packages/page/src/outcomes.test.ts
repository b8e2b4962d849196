import type { OpenAnswer, Reason } from '@payment-passkeys/protocol';
import { readCallback, reasonForHttpStatus } from '@payment-passkeys/protocol';
import { describe, expect, it } from 'vitest';
import { endOf, KNOWN, refused, SUCCESS, visit } from './enrolment.fixture.ts';
import { refusalOfLaunch } from './enrolment.ts';
import { withoutToken } from './launch.ts';
import { CREDENTIAL_JSON, LAUNCH, named, openAnswer, RETURN_TO } from './visit.fixture.ts';

const callbackOf = (address: string | undefined) => readCallback(new URL(address ?? '').searchParams);

describe('the ways out of contract §3', () => {
  it('a passkey created: the redirect that the network gives', async () => {
    const { start, choose, left, backEnd, states } = visit();
    await start(LAUNCH);
    await choose('CREATE');
    expect(backEnd.result).toHaveBeenCalledExactlyOnceWith(CREDENTIAL_JSON);
    expect(left).toEqual([SUCCESS]);
    expect(states.map(({ at }) => at)).toEqual(['loading', 'offer', 'working', 'finishing', 'returning']);
    expect(states.at(-1)).toMatchObject({ outcome: 'ENROLLED', clientName: 'Harbour Bank' });
  });

  it.each(['CREATE', 'USE'] as const)('a passkey used, offered first or beside %s', async (scenario) => {
    const { start, choose, left, backEnd, get } = visit();
    backEnd.open.mockResolvedValueOnce({ answer: openAnswer(scenario) });
    await start(LAUNCH);
    await choose('USE');
    expect(get).toHaveBeenCalledTimes(1);
    expect(left).toEqual([SUCCESS]);
  });

  it.each(['CREATE', 'USE'] as const)('"Not now" in %s: CANCELLED, USER_CANCELLATION', async (scenario) => {
    const { start, decline, left, backEnd } = visit();
    backEnd.open.mockResolvedValueOnce({ answer: openAnswer(scenario) });
    await start(LAUNCH);
    await decline();
    expect(backEnd.end).toHaveBeenCalledExactlyOnceWith('USER_CANCELLATION');
    expect(left).toEqual([endOf('USER_CANCELLATION')]);
  });

  it.each([
    ['InvalidStateError', 'DUPLICATE_CREDENTIALS'],
    ['NotAllowedError', 'CREDENTIALS_CREATION_NOT_ALLOWED'],
    ['AbortError', 'CREDENTIALS_CREATION_NOT_ALLOWED'],
    ['UnknownError', 'CREDENTIALS_CREATION_NOT_ALLOWED'],
  ] as const)('%s at creation: %s', async (name, reason) => {
    const { start, choose, left, backEnd, create } = visit();
    create.mockRejectedValueOnce(named(name));
    await start(LAUNCH);
    await choose('CREATE');
    expect(backEnd.result).not.toHaveBeenCalled();
    expect(backEnd.end).toHaveBeenCalledExactlyOnceWith(reason);
    expect(left).toEqual([endOf(reason)]);
  });

  it.each(['NotAllowedError', 'AbortError', 'InvalidStateError'])(
    '%s at use: CREDENTIALS_NOT_VERIFIED',
    async (name) => {
      const { start, choose, left, get } = visit();
      get.mockRejectedValueOnce(named(name));
      await start(LAUNCH);
      await choose('USE');
      expect(left).toEqual([endOf('CREDENTIALS_NOT_VERIFIED')]);
    },
  );

  const statuses: readonly [number, Reason][] = [
    [400, 'INVALID_ARGUMENT'],
    [401, 'PERMISSION_DENIED'],
    [403, 'FORBIDDEN'],
    [404, 'NOT_FOUND'],
    [500, 'INVALID_STATE'],
    [503, 'SERVICE_UNAVAILABLE'],
    [409, 'SERVICE_ERROR'],
    [429, 'SERVICE_ERROR'],
    [502, 'SERVICE_ERROR'],
  ];

  it.each(statuses)('%i from open: %s, to the callback that the refusal names', async (status, reason) => {
    const { start, left, backEnd } = visit();
    backEnd.open.mockResolvedValueOnce(refused(status, { returnTo: RETURN_TO }));
    await start(LAUNCH);
    expect(left).toEqual([`${RETURN_TO}&status=ERROR&reason=${reason}`]);
  });

  it.each(statuses)('%i from result: %s', async (status, reason) => {
    const { start, choose, left, backEnd } = visit();
    backEnd.result.mockResolvedValueOnce(refused(status));
    await start(LAUNCH);
    await choose('CREATE');
    expect(left).toEqual([`${RETURN_TO}&status=ERROR&reason=${reason}`]);
    expect(backEnd.end).not.toHaveBeenCalled();
  });

  it.each(statuses)('%i from end: %s, not the reason that was to be told', async (status, reason) => {
    const { start, decline, left, backEnd } = visit();
    backEnd.end.mockResolvedValueOnce(refused(status));
    await start(LAUNCH);
    await decline();
    expect(left).toEqual([`${RETURN_TO}&status=ERROR&reason=${reason}`]);
  });

  it('an answer that cannot be read, or none: UNKNOWN_ERROR, from each call', async () => {
    for (const unreachable of [undefined, true] as const) {
      const reply = { refusal: { reason: 'UNKNOWN_ERROR', ...(unreachable && { unreachable }) } } as const;
      const atOpen = visit({ findReturnAddress: async () => KNOWN });
      atOpen.backEnd.open.mockResolvedValueOnce(reply);
      await atOpen.start(LAUNCH);
      expect(atOpen.left).toEqual([`${KNOWN}?status=ERROR&reason=UNKNOWN_ERROR`]);
      const atResult = visit();
      atResult.backEnd.result.mockResolvedValueOnce(reply);
      await atResult.start(LAUNCH);
      await atResult.choose('CREATE');
      expect(callbackOf(atResult.left[0])).toEqual({ status: 'ERROR', reason: 'UNKNOWN_ERROR' });
    }
  });

  it('an exception, wherever it is thrown: UNKNOWN_ERROR', async () => {
    const unusable = visit();
    const answer = openAnswer() as { options: { challenge: string } } & OpenAnswer;
    answer.options.challenge = '%';
    unusable.backEnd.open.mockResolvedValueOnce({ answer });
    await unusable.start(LAUNCH);
    expect(callbackOf(unusable.left[0])).toEqual({ status: 'ERROR', reason: 'UNKNOWN_ERROR' });

    const throwing = visit();
    await throwing.start(LAUNCH);
    throwing.backEnd.result.mockRejectedValueOnce(new Error());
    await throwing.choose('CREATE');
    expect(callbackOf(throwing.left[0])).toEqual({ status: 'ERROR', reason: 'UNKNOWN_ERROR' });

    const early = visit({ findReturnAddress: async () => KNOWN });
    early.backEnd.open.mockRejectedValueOnce(new Error());
    await early.start(LAUNCH);
    expect(early.left).toEqual([`${KNOWN}?status=ERROR&reason=UNKNOWN_ERROR`]);
  });
});

describe('a launch that is broken', () => {
  const names = ['clientId', 'authenticationSessionId', 'clientSessionId', 'accessToken'] as const;

  it.each(names)('by its %s: opened all the same, and INVALID_QUERY_PARAMS when that is refused', async (name) => {
    const { [name]: _, ...without } = LAUNCH;
    for (const launch of [without, { ...LAUNCH, [name]: 'no good!' }]) {
      const { start, left, backEnd } = visit({ findReturnAddress: async () => KNOWN });
      backEnd.open.mockResolvedValueOnce(refused(name === 'accessToken' ? 401 : 400));
      await start(launch);
      expect(backEnd.open).toHaveBeenCalledExactlyOnceWith(launch);
      expect(left).toEqual([`${KNOWN}?status=ERROR&reason=INVALID_QUERY_PARAMS`]);
    }
  });

  it('by its compliance details: INVALID_QUERY_PARAMS, as the back end points at them', async () => {
    const { start, left, backEnd } = visit();
    backEnd.open.mockResolvedValueOnce(refused(400, { complianceIncomplete: true, returnTo: RETURN_TO }));
    await start(LAUNCH);
    expect(left).toEqual([`${RETURN_TO}&status=ERROR&reason=INVALID_QUERY_PARAMS`]);
  });

  it('only by its token, with the ceremony cookie of an earlier open: goes on', async () => {
    const { start, state } = visit();
    await start(withoutToken(LAUNCH));
    expect(state()?.at).toBe('offer');
  });

  it.each([
    [500, 'INVALID_STATE'],
    [503, 'SERVICE_UNAVAILABLE'],
    [429, 'SERVICE_ERROR'],
  ] as const)('does not explain a %i', (status, reason) => {
    expect(refusalOfLaunch({ reason: reasonForHttpStatus(status), status }, true).reason).toBe(reason);
  });

  it('is not a launch that was opened before and is over now: PERMISSION_DENIED after a reload', async () => {
    const { start, left, backEnd } = visit({ wasOpened: () => true, findReturnAddress: async () => KNOWN });
    backEnd.open.mockResolvedValueOnce(refused(401));
    await start(withoutToken(LAUNCH));
    expect(left).toEqual([`${KNOWN}?status=ERROR&reason=PERMISSION_DENIED`]);
  });
});

describe('the callback that is gone to', () => {
  it("is the session's own before the refusal's before that of the page's address", async () => {
    const opened = visit({ findReturnAddress: async () => KNOWN });
    opened.backEnd.result.mockResolvedValueOnce(refused(500, { returnTo: 'https://bank.example/refusal' }));
    await opened.start(LAUNCH);
    await opened.choose('CREATE');
    expect(opened.left[0]).toContain(RETURN_TO);
    const refusing = visit({ findReturnAddress: async () => KNOWN });
    refusing.backEnd.open.mockResolvedValueOnce(refused(500, { returnTo: 'https://bank.example/refusal' }));
    await refusing.start(LAUNCH);
    expect(refusing.left[0]).toContain('https://bank.example/refusal');
  });

  it.each(['https://other.example/?status=ENROLLED', 'javascript:alert(1)', 'https://bank.example/other'])(
    'is never the redirect %s',
    async (redirect) => {
      const { start, choose, left, backEnd } = visit();
      backEnd.result.mockResolvedValueOnce({ answer: { redirect } });
      await start(LAUNCH);
      await choose('CREATE');
      expect(left).toEqual([`${RETURN_TO}&status=ERROR&reason=UNKNOWN_ERROR`]);
    },
  );

  it.each([
    [404, 'NOT_FOUND', false],
    [401, 'PERMISSION_DENIED', false],
    [500, 'INVALID_STATE', false],
    [503, 'SERVICE_UNAVAILABLE', true],
  ] as const)(
    'does not exist: %i stops at an error page with %s and goes nowhere',
    async (status, reason, canRetry) => {
      const { start, left, backEnd, state } = visit();
      backEnd.open.mockResolvedValueOnce(refused(status));
      await start(LAUNCH);
      expect(state()).toEqual({ at: 'stopped', reason, canRetry });
      expect(left).toEqual([]);
    },
  );
});
