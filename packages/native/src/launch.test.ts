import { beforeEach, describe, expect, test, vi } from 'vitest';
import { launch, readReturn } from './index.ts';
import { platform } from './platform.fixture.ts';

vi.mock('react-native', async () => (await import('./platform.fixture.ts')).reactNative);
vi.mock('expo-modules-core', async () => (await import('./platform.fixture.ts')).expoModulesCore);

const URI = 'https://verify.network.example/auth/passkeys?clientId=bank#token';
const APP_LINK = 'https://bank.example/app/passkeys';
const PRIVATE_USE = 'example.bank.app:/passkeys';
const STATE = `state=${'S'.repeat(43)}`;
const ENROLLED = 'status=ENROLLED&proofOfAuthentication=a.b.c';

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'RESOLVED',
    (error: unknown) => (error as { code?: unknown }).code,
  );

describe('on iOS', () => {
  beforeEach(() => platform.reset('ios'));

  test('an authentication session that shares the cookies of the browser, with an https callback', async () => {
    const outcome = launch({ uri: URI, callbackUri: `${APP_LINK}?channel=app` });
    const options = { preferEphemeralSession: false, preferUniversalLinks: true };
    expect(platform.calls).toEqual([['openAuthSessionAsync', URI, APP_LINK, expect.objectContaining(options)]]);
    const url = `${APP_LINK}?channel=app&${STATE}&${ENROLLED}`;
    platform.endSession({ type: 'success', url });
    expect(await outcome).toEqual({ status: 'ENROLLED', url });
  });

  test('a callback by a private-use scheme', async () => {
    const outcome = launch({ uri: URI, callbackUri: PRIVATE_USE });
    const options = { preferEphemeralSession: false, preferUniversalLinks: false };
    expect(platform.calls).toEqual([['openAuthSessionAsync', URI, PRIVATE_USE, expect.objectContaining(options)]]);
    const url = `${PRIVATE_USE}?${STATE}&status=CANCELLED&reason=USER_CANCELLATION`;
    platform.endSession({ type: 'success', url });
    expect(await outcome).toEqual({ status: 'CANCELLED', reason: 'USER_CANCELLATION', url });
  });

  test.each(['cancel', 'dismiss'])('%s, the sheet was closed: CLOSED', async (type) => {
    const outcome = launch({ uri: URI, callbackUri: APP_LINK });
    platform.endSession({ type, url: null, error: null });
    expect(await outcome).toEqual({ status: 'CLOSED' });
  });

  test('a success without an address is IGNORED, as any other that is none', async () => {
    const outcome = launch({ uri: URI, callbackUri: APP_LINK });
    platform.endSession({ type: 'success', url: null });
    expect(await outcome).toEqual({ status: 'IGNORED', because: 'MALFORMED' });
  });

  test('another session is open: ALREADY_OPEN', async () => {
    const outcome = launch({ uri: URI, callbackUri: APP_LINK });
    platform.endSession({ type: 'locked' });
    expect(await codeOf(outcome)).toBe('ALREADY_OPEN');
  });

  test('the session does not start: BROWSER_FAILED, with its error and without an address', async () => {
    const outcome = launch({ uri: URI, callbackUri: APP_LINK });
    const cause = new Error('The session failed to start');
    platform.failSession(cause);
    const error: unknown = await outcome.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'LaunchError', code: 'BROWSER_FAILED', cause });
    expect(String(error)).not.toContain('token');
  });
});

describe('on Android', () => {
  beforeEach(() => platform.reset('android'));

  /** Waits until the Custom Tab is open and expo-web-browser listens for a link and for the app's return to the foreground. */
  const opened = async () => {
    await vi.waitFor(() => expect(platform.calls).toHaveLength(1));
    await new Promise(setImmediate);
  };
  /** What Android does on the return: it opens the link in the app, then brings the app to the foreground. */
  const returnBy = (url: string) => {
    platform.openLink(url);
    platform.comeToFront();
  };

  test.each([APP_LINK, PRIVATE_USE])(
    'a Custom Tab, and the link that the app is called with: %s',
    async (callbackUri) => {
      const outcome = launch({ uri: URI, callbackUri });
      await opened();
      expect(platform.calls[0]?.slice(0, 2)).toEqual(['openBrowserAsync', URI]);
      const url = `${callbackUri}?${STATE}&${ENROLLED}`;
      platform.openLink(url);
      platform.comeToFront();
      expect(await outcome).toEqual({ status: 'ENROLLED', url });
    },
  );

  test('the tab is closed, and the app comes to the front without a link: CLOSED', async () => {
    const outcome = launch({ uri: URI, callbackUri: APP_LINK });
    await opened();
    platform.comeToFront();
    expect(await outcome).toEqual({ status: 'CLOSED' });
  });

  test("another link of the app's meanwhile does not end it", async () => {
    const outcome = launch({ uri: URI, callbackUri: APP_LINK });
    await opened();
    platform.openLink('https://bank.example/app/offers');
    const url = `${APP_LINK}?${STATE}&status=ERROR&reason=UNKNOWN_ERROR`;
    returnBy(url);
    expect(await outcome).toEqual({ status: 'ERROR', reason: 'UNKNOWN_ERROR', url });
  });

  test('a link that only begins like the callback is not one', async () => {
    const outcome = launch({ uri: URI, callbackUri: APP_LINK });
    await opened();
    returnBy(`${APP_LINK}-elsewhere?${ENROLLED}`);
    expect(await outcome).toEqual({ status: 'IGNORED', because: 'MALFORMED' });
  });

  test('twice at once: the second is refused, the first goes on', async () => {
    const first = launch({ uri: URI, callbackUri: APP_LINK });
    await opened();
    expect(await codeOf(launch({ uri: URI, callbackUri: APP_LINK }))).toBe('BROWSER_FAILED');
    const url = `${APP_LINK}?${STATE}&${ENROLLED}`;
    returnBy(url);
    expect(await first).toEqual({ status: 'ENROLLED', url });
  });
});

describe('before anything opens', () => {
  beforeEach(() => platform.reset('ios'));

  test.each([
    ['a page over http', { uri: 'http://verify.network.example/auth', callbackUri: APP_LINK }],
    ['a page that is a script', { uri: 'javascript:alert(1)', callbackUri: APP_LINK }],
    ['a page with user info', { uri: 'https://verify.network.example@evil.example/', callbackUri: APP_LINK }],
    ['a callback over http', { uri: URI, callbackUri: 'http://bank.example/app' }],
    ['a scheme without a dot', { uri: URI, callbackUri: 'mybank:/passkeys' }],
    ['a callback that is a script', { uri: URI, callbackUri: 'javascript:alert(1)' }],
    ['no callback', { uri: URI, callbackUri: '' }],
  ])('%s is refused', async (_title, options) => {
    expect(await codeOf(launch(options))).toBe('INVALID_LAUNCH');
    expect(platform.calls).toEqual([]);
  });

  test.each([
    { uri: 'http://verify.localhost:4000/auth/passkeys#t', callbackUri: APP_LINK },
    { uri: URI, callbackUri: 'example.bank.app://passkeys' },
    { uri: URI, callbackUri: 'https://bank.example' },
  ])('%o is taken', (options) => {
    void launch(options);
    expect(platform.calls).toHaveLength(1);
  });
});

describe('readReturn', () => {
  const read = (url: string, callbackUri = APP_LINK) => readReturn({ url, callbackUri });

  test("a payment's success, for a shop's app", () => {
    const url = `${APP_LINK}?status=AUTHENTICATED&proofOfAuthentication=a.b.c`;
    expect(read(url)).toEqual({ status: 'AUTHENTICATED', url });
  });

  test.each([
    ['in its WHATWG form', 'https://bank.example/?status=ENROLLED&proofOfAuthentication=a', 'HTTPS://Bank.example'],
    ['with a fragment that a browser has added', `${APP_LINK}?${ENROLLED}#_`, APP_LINK],
    ['agreed on with the default port', `${APP_LINK}?${ENROLLED}`, 'https://bank.example:443/app/passkeys'],
    ['agreed on with dot segments', `https://bank.example/app?${ENROLLED}`, 'https://bank.example/a/../app'],
    ['agreed on with braces', `https://bank.example/app/%7Bx%7D?${ENROLLED}`, 'https://bank.example/app/{x}'],
    ['of a private-use scheme with braces', `example.bank.app:/%7Bx%7D?${ENROLLED}`, 'Example.bank.app:/a/../{x}'],
  ])('%s', (_title, url, callbackUri) => {
    expect(read(url, callbackUri)).toMatchObject({ status: 'ENROLLED' });
  });

  // iOS, and Android in both ways, compare this address with the one that the network sends the browser to.
  test('launch hands the WHATWG form of the callback to the system', () => {
    platform.reset('ios');
    void launch({ uri: URI, callbackUri: 'https://Bank.example:443/a/../app/{x}?channel=app' });
    expect(platform.calls[0]?.[2]).toBe('https://bank.example/app/%7Bx%7D');
  });

  test.each([undefined, null, 5, {}])('a url that is %j is IGNORED: a deep link may be anything', (url) => {
    expect(readReturn({ url: url as unknown as string, callbackUri: APP_LINK })).toEqual({
      status: 'IGNORED',
      because: 'MALFORMED',
    });
  });

  test.each([undefined, null, 5, '', 'mybank:/x', 'https://bücher.example/app'])(
    'callbackUri %j is INVALID_LAUNCH, naming it, for launch and for readReturn',
    async (wrong) => {
      const callbackUri = wrong as string;
      const named = expect.objectContaining({
        code: 'INVALID_LAUNCH',
        message: expect.stringContaining('callbackUri'),
      });
      expect(() => readReturn({ url: APP_LINK, callbackUri })).toThrow(named);
      await expect(launch({ uri: URI, callbackUri })).rejects.toEqual(named);
    },
  );

  test('nothing at all is INVALID_LAUNCH', async () => {
    const nothing = undefined as unknown as Parameters<typeof launch>[0] & Parameters<typeof readReturn>[0];
    await expect(launch(nothing)).rejects.toMatchObject({ code: 'INVALID_LAUNCH' });
    expect(() => readReturn(nothing)).toThrow(expect.objectContaining({ code: 'INVALID_LAUNCH' }));
  });

  test.each([undefined, null, 5, ''])('uri %j is INVALID_LAUNCH, naming it', async (uri) => {
    await expect(launch({ uri: uri as unknown as string, callbackUri: APP_LINK })).rejects.toMatchObject({
      code: 'INVALID_LAUNCH',
      message: expect.stringMatching(/: uri /),
    });
  });

  test.each([
    ['another host', `https://evil.example/app/passkeys?${ENROLLED}`],
    ['another path', `https://bank.example/App/passkeys?${ENROLLED}`],
    ['another scheme', `http://bank.example/app/passkeys?${ENROLLED}`],
    ['no result', APP_LINK],
    ['an unknown reason', `${APP_LINK}?status=ERROR&reason=BAD_LUCK`],
    ['two statuses', `${APP_LINK}?${ENROLLED}&status=ERROR`],
    ['a result in the fragment', `${APP_LINK}#${ENROLLED}`],
    ['nothing', ''],
  ])('%s: IGNORED', (_title, url) => {
    expect(read(url)).toEqual({ status: 'IGNORED', because: 'MALFORMED' });
  });
});
