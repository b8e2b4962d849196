import type { OpenAnswer } from '@payment-passkeys/protocol';
import { describe, expect, it, vi } from 'vitest';
import type { Reply } from './backend.ts';
import { endOf, KNOWN, refused, SUCCESS, visit } from './enrolment.fixture.ts';
import { withoutToken } from './launch.ts';
import { buildBrowser, CREDENTIAL_JSON, LAUNCH, openAnswer, RETURN_TO } from './visit.fixture.ts';

describe('the token', () => {
  it('is kept for "Try again" after a 503', async () => {
    const { start, backEnd, state } = visit();
    backEnd.open.mockResolvedValueOnce(refused(503));
    await start(LAUNCH);
    await start();
    expect(backEnd.open.mock.calls).toEqual([[LAUNCH], [LAUNCH]]);
    expect(state()?.at).toBe('offer');
  });

  it('is dropped once it is spent, and once it is refused', async () => {
    const spent = visit();
    await spent.start(LAUNCH);
    await spent.start();
    expect(spent.backEnd.open).toHaveBeenLastCalledWith(withoutToken(LAUNCH));
    const refusing = visit();
    refusing.backEnd.open.mockResolvedValueOnce(refused(401));
    await refusing.start(LAUNCH);
    await refusing.start();
    expect(refusing.backEnd.open).toHaveBeenLastCalledWith(withoutToken(LAUNCH));
  });
});

describe('a cardholder in a hurry', () => {
  it('who taps twice asks the device once', async () => {
    const { start, choose, create, backEnd } = visit();
    await start(LAUNCH);
    await Promise.all([choose('CREATE'), choose('CREATE'), choose('USE')]);
    expect(create).toHaveBeenCalledTimes(1);
    expect(backEnd.result).toHaveBeenCalledTimes(1);
  });

  it('who says "Not now" while the device asks is CANCELLED, whatever the device says later', async () => {
    const { start, choose, decline, create, backEnd, left } = visit();
    let answer = (_: Credential | null) => {};
    create.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    await start(LAUNCH);
    const chosen = choose('CREATE');
    await decline();
    answer(null);
    await chosen;
    expect(create.mock.calls[0]?.[0].signal?.aborted).toBe(true);
    expect(backEnd.end).toHaveBeenCalledExactlyOnceWith('USER_CANCELLATION');
    expect(left).toEqual([endOf('USER_CANCELLATION')]);
  });

  it('who comes back from the cache finds the session opened anew, and the old answer forgotten', async () => {
    const { start, choose, create, backEnd, state } = visit();
    create.mockReturnValueOnce(new Promise(() => {}));
    await start(LAUNCH);
    const chosen = choose('CREATE');
    await start();
    await chosen;
    expect(backEnd.open).toHaveBeenCalledTimes(2);
    expect(backEnd.end).not.toHaveBeenCalled();
    expect(state()?.at).toBe('offer');
  });

  it('whose first open answers after a second one was asked sees the second alone', async () => {
    const { start, backEnd, states } = visit();
    let answer = (_: Reply<OpenAnswer>) => {};
    backEnd.open.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    const first = start(LAUNCH);
    await start();
    answer(refused(500, { returnTo: RETURN_TO }));
    await first;
    expect(states.map(({ at }) => at)).toEqual(['loading', 'loading', 'offer']);
  });
});

describe('a device that cannot', () => {
  it.each([
    ['CREATE', 'CREDENTIALS_CREATION_NOT_ALLOWED'],
    ['USE', 'CREDENTIALS_NOT_VERIFIED'],
  ] as const)('without WebAuthn ends %s with %s', async (scenario, reason) => {
    const { browser } = buildBrowser();
    const { start, giveUp, choose, backEnd, left, state } = visit({
      browser: { ...browser, PublicKeyCredential: undefined },
    });
    backEnd.open.mockResolvedValueOnce({ answer: openAnswer(scenario) });
    await start(LAUNCH);
    expect(state()?.at).toBe('unsupported');
    await choose(scenario);
    expect(state()?.at).toBe('unsupported');
    await giveUp();
    expect(left).toEqual([endOf(reason)]);
  });

  it('without a screen lock may go back, decline, or try', async () => {
    const trial = async (act: (v: ReturnType<typeof visit>) => Promise<void>) => {
      const v = visit();
      v.statics.isUserVerifyingPlatformAuthenticatorAvailable.mockResolvedValueOnce(false);
      await v.start(LAUNCH);
      expect(v.state()?.at).toBe('unsupported');
      await act(v);
      return v.left;
    };
    expect(await trial((v) => v.giveUp())).toEqual([endOf('CREDENTIALS_CREATION_NOT_ALLOWED')]);
    expect(await trial((v) => v.decline())).toEqual([endOf('USER_CANCELLATION')]);
    expect(await trial((v) => v.choose('CREATE'))).toEqual([SUCCESS]);
  });

  it('is not given up on from anywhere else', async () => {
    const { start, giveUp, backEnd } = visit();
    await start(LAUNCH);
    await giveUp();
    expect(backEnd.end).not.toHaveBeenCalled();
  });
});

describe('before the first screen', () => {
  const unreadable = () => {
    throw new DOMException('', 'SecurityError');
  };

  it('a launch that cannot be read is UNKNOWN_ERROR at the callback, in words, and nothing is called', async () => {
    const setLanguage = vi.fn(async () => {});
    const { start, backEnd, left } = visit({ findReturnAddress: async () => KNOWN, setLanguage });
    await start(unreadable);
    expect(left).toEqual([`${KNOWN}?status=ERROR&reason=UNKNOWN_ERROR`]);
    expect(setLanguage).toHaveBeenCalledTimes(1);
    expect(backEnd.open).not.toHaveBeenCalled();
  });

  it('it is an error page where no callback is known', async () => {
    const { start, state } = visit();
    await start(unreadable);
    expect(state()).toEqual({ at: 'stopped', reason: 'UNKNOWN_ERROR', canRetry: false });
  });

  it('a launch that is read late is opened; where there is no new one, the last one is', async () => {
    const { start, backEnd } = visit();
    backEnd.open.mockResolvedValueOnce(refused(503));
    await start(() => LAUNCH);
    await start(() => undefined);
    expect(backEnd.open.mock.calls).toEqual([[LAUNCH], [LAUNCH]]);
  });

  it.each(['offer', 'returning'] as const)('a screen that cannot be drawn (%s) does not keep anybody', async (at) => {
    const { start, decline, left } = visit({
      show: (state) => {
        if (state.at === at) throw new Error();
      },
    });
    await start(LAUNCH);
    await decline();
    expect(left).toEqual([endOf(at === 'offer' ? 'UNKNOWN_ERROR' : 'USER_CANCELLATION')]);
  });
});

describe('a page inside another page', () => {
  it('calls nothing and goes nowhere', async () => {
    const { start, state, backEnd, left, statics } = visit({ framed: true, findReturnAddress: async () => KNOWN });
    await start(LAUNCH);
    expect(state()).toEqual({ at: 'framed' });
    expect(backEnd.open).not.toHaveBeenCalled();
    expect(statics.isUserVerifyingPlatformAuthenticatorAvailable).not.toHaveBeenCalled();
    expect(left).toEqual([]);
  });
});

describe('a passkey that was deleted', () => {
  it.each([
    [{ passkeyDeleted: true } as const, [CREDENTIAL_JSON.id]],
    [{}, []],
  ])('is taken off the device when the network says so: %j', async (more, ids) => {
    const { start, choose, backEnd, forgotten, left } = visit();
    backEnd.open.mockResolvedValueOnce({ answer: openAnswer('USE') });
    backEnd.result.mockResolvedValueOnce(refused(400, more));
    await start(LAUNCH);
    await choose('USE');
    expect(forgotten).toEqual(ids);
    expect(left).toHaveLength(1);
  });
});
