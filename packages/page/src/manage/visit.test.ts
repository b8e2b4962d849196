import { MANAGE_SECONDS, type ManageOverview } from '@payment-passkeys/protocol';
import { describe, expect, it, vi } from 'vitest';
import { buildBrowser, CREDENTIAL_JSON, named } from '../visit.fixture.ts';
import type { BackEnd } from './backend.ts';
import type { PageState, Removal } from './flow.ts';
import { buildVisit, type Dependencies, RENEWAL_SECONDS } from './visit.ts';

const TIME = '2026-11-24T12:00:00.000Z';
const binding = {
  bindingId: 'b',
  role: 'issuer',
  name: 'Harbour Bank',
  createdAt: TIME,
  pendingActivation: false,
  suspendedBy: [],
} as const;
const OVERVIEW = {
  secondsLeft: MANAGE_SECONDS,
  credentialId: CREDENTIAL_JSON.id,
  userHandle: 'BAUG',
  synced: false,
  createdAt: TIME,
  bindings: [{ ...binding, suspendedBy: [] }],
  devices: [{ appInstanceId: 'd', thisDevice: true, firstUsedAt: TIME, lastUsedAt: TIME }],
} satisfies ManageOverview;
const LEFT = { ...OVERVIEW, bindings: [] };
const OPTIONS = { rpId: 'verify.example', challenge: '-_8A', timeout: 120_000, userVerification: 'required' } as const;
const BINDING: Removal = { what: 'BINDING', binding: { ...binding, suspendedBy: [] } };

/** A page that is real except for its back end and its device. */
function page(changes: Partial<Dependencies> = {}) {
  const device = buildBrowser();
  const backEnd = {
    challenge: vi.fn<BackEnd['challenge']>(async () => ({ answer: OPTIONS })),
    signIn: vi.fn<BackEnd['signIn']>(async () => ({ answer: OVERVIEW })),
    remove: vi.fn<BackEnd['remove']>(async () => ({ answer: LEFT })),
    leave: vi.fn<BackEnd['leave']>(),
  };
  const states: PageState[] = [];
  const forgetPasskey = vi.fn<Dependencies['forgetPasskey']>();
  const visit = buildVisit({
    backEnd,
    browser: device.browser,
    framed: false,
    setLanguage: async () => {},
    show: (state) => states.push(state),
    whenVisible: async () => {},
    forgetPasskey,
    ...changes,
  });
  return { ...visit, ...device, backEnd, states, forgetPasskey, state: () => states.at(-1) };
}

async function signedIn(changes: Partial<Dependencies> = {}) {
  const it = page(changes);
  await it.start();
  await it.use();
  expect(it.state()).toEqual({ at: 'overview', overview: OVERVIEW });
  return it;
}

describe('signing in', () => {
  it('asks for any passkey, inside the tap', async () => {
    const { start, use, get, backEnd, states } = page();
    await start();
    const used = use();
    expect(get).toHaveBeenCalledTimes(1);
    await used;
    expect(get.mock.calls[0]?.[0].publicKey).toMatchObject({ userVerification: 'required', allowCredentials: [] });
    expect(backEnd.signIn).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ id: CREDENTIAL_JSON.id }));
    expect(states.map(({ at }) => at)).toEqual(['loading', 'welcome', 'working', 'signing-in', 'overview']);
  });

  it('asks the device once, however often somebody taps', async () => {
    const { start, use, get, backEnd } = page();
    await start();
    await Promise.all([use(), use(), use()]);
    expect([get.mock.calls.length, backEnd.signIn.mock.calls.length]).toEqual([1, 1]);
  });

  it('calls nothing inside a frame, and nothing in a browser without WebAuthn', async () => {
    const framed = page({ framed: true });
    await framed.start();
    expect([framed.state(), framed.backEnd.challenge.mock.calls]).toEqual([{ at: 'framed' }, []]);
    const { browser } = buildBrowser();
    const old = page({ browser: { ...browser, credentials: undefined } });
    await old.start();
    expect([old.state(), old.backEnd.challenge.mock.calls]).toEqual([{ at: 'unsupported' }, []]);
  });

  it('begins again, with a new challenge, when the passkey was not used', async () => {
    const { start, use, get, backEnd, state } = page();
    get.mockRejectedValueOnce(named('NotAllowedError'));
    await start();
    await use();
    expect(state()).toEqual({ at: 'welcome', note: 'NOT_USED' });
    expect(backEnd.challenge).toHaveBeenCalledTimes(2);
    await use();
    expect(state()?.at).toBe('overview');
  });

  it('stops asking the device on "Cancel", whatever the device says later', async () => {
    const { start, use, cancel, get, backEnd, state } = page();
    let answer = (_: Credential | null) => {};
    get.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    await start();
    const used = use();
    cancel();
    answer(null);
    await used;
    expect(get.mock.calls[0]?.[0].signal?.aborted).toBe(true);
    await vi.waitFor(() => expect(state()).toEqual({ at: 'welcome', note: 'NOT_USED' }));
    expect(backEnd.signIn).not.toHaveBeenCalled();
  });

  it.each([
    ['SIGNED_OUT', { at: 'welcome', note: 'NOT_USED' }],
    ['REFUSED', { at: 'welcome', note: 'REFUSED' }],
    ['UNAVAILABLE', { at: 'stopped' }],
    ['UNKNOWN', { at: 'over', end: 'UNKNOWN' }],
  ] as const)('that is refused with %s leads to %j', async (refusal, after) => {
    const { start, use, backEnd, state, forgetPasskey } = page();
    backEnd.signIn.mockResolvedValueOnce({ refusal });
    await start();
    await use();
    expect(state()).toEqual(after);
    const unknown = { rpId: OPTIONS.rpId, credentialId: CREDENTIAL_JSON.id };
    expect(forgetPasskey.mock.calls).toEqual(refusal === 'UNKNOWN' ? [[unknown]] : []);
  });

  it('says that the network cannot be reached, and tries again', async () => {
    const { start, backEnd, state } = page();
    backEnd.challenge.mockResolvedValueOnce({ refusal: 'UNAVAILABLE' });
    await start();
    expect(state()).toEqual({ at: 'stopped' });
    await start();
    expect(state()).toEqual({ at: 'welcome' });
  });

  it('replaces a challenge before it is too old, once somebody sees the page', async () => {
    let appear = () => {};
    const seen = new Promise<void>((resolve) => (appear = resolve));
    const { start, use, timers, get, backEnd } = page({ whenVisible: () => seen });
    backEnd.challenge.mockResolvedValueOnce({ answer: { ...OPTIONS, challenge: 'b2xk' } });
    await start();
    const [renewal] = timers;
    expect(renewal?.seconds).toBe(RENEWAL_SECONDS);
    renewal?.callback();
    expect(backEnd.challenge).toHaveBeenCalledTimes(1);
    appear();
    await vi.waitFor(() => expect(backEnd.challenge).toHaveBeenCalledTimes(2));
    await use();
    const { challenge } = get.mock.calls[0]?.[0].publicKey ?? {};
    expect(new Uint8Array(challenge as ArrayBuffer)).toEqual(Uint8Array.of(251, 255, 0));
  });
});

describe('removing', () => {
  it('asks once more; what is kept is kept', async () => {
    const { ask, keep, confirm, backEnd, state } = await signedIn();
    ask(BINDING);
    expect(state()).toEqual({ at: 'asking', overview: OVERVIEW, removal: BINDING });
    keep();
    await confirm();
    expect(state()).toEqual({ at: 'overview', overview: OVERVIEW });
    expect(backEnd.remove).not.toHaveBeenCalled();
  });

  it.each([
    [BINDING, { what: 'BINDING', bindingId: 'b' }],
    [{ what: 'DEVICE', device: OVERVIEW.devices[0] } as Removal, { what: 'DEVICE', appInstanceId: 'd' }],
  ])('shows what is left', async (removal, request) => {
    const { ask, confirm, backEnd, state } = await signedIn();
    ask(removal);
    await Promise.all([confirm(), confirm()]);
    expect(backEnd.remove).toHaveBeenCalledExactlyOnceWith(request);
    expect(state()).toEqual({ at: 'overview', overview: LEFT, removed: removal });
  });

  it('the passkey itself: the visit is over, and the authenticator is told', async () => {
    const { ask, confirm, leave, backEnd, state, forgetPasskey } = await signedIn();
    backEnd.remove.mockResolvedValueOnce({ answer: undefined });
    ask({ what: 'PASSKEY' });
    await confirm();
    expect(state()).toEqual({ at: 'over', end: 'DELETED' });
    const { credentialId, userHandle } = OVERVIEW;
    expect(forgetPasskey.mock.calls).toMatchObject([[{ rpId: OPTIONS.rpId, credentialId, userHandle }]]);
    leave();
    expect(backEnd.leave).not.toHaveBeenCalled();
  });

  it('that fails changes nothing and may be tried again; after the visit it ends', async () => {
    const { ask, confirm, backEnd, state, forgetPasskey } = await signedIn();
    backEnd.remove.mockResolvedValueOnce({ refusal: 'UNAVAILABLE' });
    ask({ what: 'PASSKEY' });
    await confirm();
    expect(state()).toEqual({ at: 'asking', overview: OVERVIEW, removal: { what: 'PASSKEY' }, failed: true });
    backEnd.remove.mockResolvedValueOnce({ refusal: 'SIGNED_OUT' });
    await confirm();
    expect(state()).toEqual({ at: 'over', end: 'EXPIRED' });
    expect(forgetPasskey).not.toHaveBeenCalled();
  });
});

describe('the visit', () => {
  it('is over after five minutes, and what was shown is gone', async () => {
    const { timers, state, ask } = await signedIn();
    ask(BINDING);
    expect(timers.map(({ seconds }) => seconds)).toEqual([MANAGE_SECONDS]);
    timers[0]?.callback();
    expect(state()).toEqual({ at: 'over', end: 'EXPIRED' });
  });

  it('ends with "Done" and when the page is closed, once', async () => {
    const { leave, backEnd, state, timers } = await signedIn();
    leave();
    leave();
    expect(backEnd.leave).toHaveBeenCalledTimes(1);
    expect([state(), timers]).toEqual([{ at: 'over', end: 'LEFT' }, []]);
  });

  it('does not end before it has begun', async () => {
    const { start, leave, backEnd, state } = page();
    await start();
    leave();
    expect([backEnd.leave.mock.calls, state()]).toEqual([[], { at: 'welcome' }]);
  });
});
