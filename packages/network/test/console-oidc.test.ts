/** Operators who sign in by the organisation's OpenID provider (contract §18), against a real provider. */
import { OIDC_SIGN_IN_PATH } from '@payment-passkeys/protocol/console';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readRole } from '../src/domain/operators/oidc.ts';
import { type ConsoleBrowser, createConsoleBrowser, joined, WITH_CONSOLE } from './console-browser.ts';
import { createProviderBrowser, startOpenIdProvider, type TestProvider } from './openid-provider.ts';
import { MACHINE_CLOCK, startTestNetwork, type TestNetwork } from './running-network.ts';
import { readTrail } from './stored-audit.ts';

const CALLBACK = 'http://console.localhost:4003/sign-in/oidc/callback';

let provider: TestProvider;
let network: TestNetwork;
beforeAll(async () => {
  provider = await startOpenIdProvider(CALLBACK);
  network = await startTestNetwork(
    {
      ...WITH_CONSOLE,
      CONSOLE_OIDC_ISSUER: provider.issuer,
      CONSOLE_OIDC_CLIENT_ID: provider.clientId,
      CONSOLE_OIDC_CLIENT_SECRET: provider.clientSecret,
      CONSOLE_OIDC_ROLE_CLAIM: 'groups',
      CONSOLE_OIDC_ROLES: 'network-admins=ADMINISTRATOR,helpdesk=SUPPORT,revision=AUDITOR',
    },
    MACHINE_CLOCK, // the provider uses this clock too
  );
});
afterAll(async () => {
  await network.stop();
  await provider.stop();
});
beforeEach(async () => {
  provider.tamper = undefined;
  provider.foreignKey = false;
  provider.people.clear();
  provider.people.set('olga', { name: 'Olga', groups: ['staff', 'helpdesk'] });
  provider.people.set('rosa', { name: 'Rosa', groups: 'network-admins' });
  await network.database.pool.query('TRUNCATE operator, operator_attempt CASCADE');
});

interface Person {
  readonly console: ConsoleBrowser;
  readonly provider: ReturnType<typeof createProviderBrowser>;
}

const person = (): Person => ({ console: createConsoleBrowser(network), provider: createProviderBrowser() });
/** A navigation from the provider's site, as the browser sends it. */
const navigate = (browser: ConsoleBrowser, address: string, cookie?: string) =>
  browser.call('GET', address.replace(/^http:\/\/console\.localhost:4003/, ''), undefined, {
    'sec-fetch-site': 'cross-site',
    ...(cookie !== undefined && { cookie }),
  });

/** Goes from the console to the provider and back. Answers the address to which the console then sends the browser. */
async function signIn(
  { console: browser, provider: there }: Person,
  name: string,
  { query = '', change = (callback: string) => callback } = {},
) {
  const started = await navigate(browser, OIDC_SIGN_IN_PATH + query);
  expect(started.status).toBe(303);
  const { callback, asked } = await there.follow(started.headers.get('location') ?? '', name);
  const { status, headers } = await navigate(browser, change(callback));
  expect(status).toBe(303);
  return { location: headers.get('location'), asked, callback };
}

const me = async ({ console: browser }: Person) => (await browser.call('GET', '/api/me')).body;
const FAILED = '/sign-in?refused=FAILED';

describe('signing in', () => {
  test('makes an operator with the role of the claim, and returns to the page that was asked for', async () => {
    const olga = person();
    const { location } = await signIn(olga, 'olga', { query: '?to=/sessions/abc' });
    expect(location).toBe('/sessions/abc');
    expect(olga.console.cookies.has('__Host-console-oidc')).toBe(false);
    expect(await me(olga)).toMatchObject({
      operator: { name: 'Olga', role: 'SUPPORT', signsInBy: 'OIDC' },
      oidc: true,
    });
    const ofOlga = (await readTrail(network.database.pool)).filter(({ actor }) =>
      JSON.stringify(actor).includes('"Olga"'),
    );
    expect(ofOlga.map(({ action }) => action)).toEqual(['operator.joined', 'operator.signed-in']);
  });

  test('again is the same operator; another claim is another role, and ends the sessions with the earlier one', async () => {
    const [first, second] = [person(), person()];
    await signIn(first, 'olga');
    const { operatorId } = (await me(first)).operator;
    provider.people.set('olga', { name: 'Olga', groups: ['revision'] });
    await signIn(second, 'olga');
    expect((await me(second)).operator).toMatchObject({ operatorId, role: 'AUDITOR' });
    expect((await me(first)).operator).toBeUndefined();
  });

  test.each([
    ['without the claim', { name: 'Olga' }],
    ['with an unknown role', { groups: ['root'] }],
    ['with two roles', { groups: ['helpdesk', 'network-admins'] }],
    ['with a role that is no text', { groups: [{ helpdesk: true }] }],
  ])('%s makes nobody an operator', async (_, claims) => {
    provider.people.set('olga', claims);
    const olga = person();
    expect((await signIn(olga, 'olga')).location).toBe('/sign-in?refused=ROLE');
    expect((await me(olga)).operator).toBeUndefined();
    expect((await network.database.pool.query('SELECT FROM operator')).rows).toEqual([]);
  });

  test('after a removal at the console is refused', async () => {
    await signIn(person(), 'olga');
    await network.database.pool.query('UPDATE operator SET removed_at = now()');
    expect((await signIn(person(), 'olga')).location).toBe('/sign-in?refused=REMOVED');
  });

  test('takes over no session id that was in the browser before', async () => {
    const olga = person();
    olga.console.cookies.set('__Host-console', 'P'.repeat(43));
    await signIn(olga, 'olga');
    expect(olga.console.cookies.get('__Host-console')).not.toBe('P'.repeat(43));
  });
});

describe("the provider's answer is refused", () => {
  const tampered = async (change: (claims: Readonly<Record<string, unknown>>) => object) => {
    provider.tamper = (claims) => ({ ...claims, ...change(claims) });
    const olga = person();
    const { location } = await signIn(olga, 'olga');
    expect((await me(olga)).operator).toBeUndefined();
    return location;
  };

  test.each([
    ['for another audience', () => ({ aud: 'another-client' })],
    ['with another nonce', () => ({ nonce: 'another' })],
    ['without a nonce', () => ({ nonce: undefined })],
    ['of another issuer', () => ({ iss: 'https://evil.example' })],
    ['that has expired', () => ({ exp: 1_700_000_000 })],
  ])('%s', async (_, change) => {
    expect(await tampered(change)).toBe(FAILED);
  });

  test('signed with a key that the provider does not publish', async () => {
    provider.foreignKey = true;
    expect(await tampered(() => ({}))).toBe(FAILED);
  });

  test('changed and signed by the provider again, it would be accepted: the cases above fail for their own reason', async () => {
    provider.tamper = (claims) => claims;
    expect((await signIn(person(), 'olga')).location).toBe('/');
  });

  test.each([
    ['with another state', (callback: string) => callback.replace(/state=[^&]*/, 'state=another')],
    ['without a state', (callback: string) => callback.replace(/&?state=[^&]*/, '')],
    ['with an error', (callback: string) => callback.replace(/code=[^&]*/, 'error=access_denied')],
    ['with another code', (callback: string) => callback.replace(/code=[^&]*/, 'code=another')],
  ])('%s', async (_, change) => {
    const olga = person();
    expect((await signIn(olga, 'olga', { change })).location).toBe(FAILED);
    expect((await me(olga)).operator).toBeUndefined();
  });

  test('in another browser than the one that asked, and a second time', async () => {
    const [olga, other] = [person(), person()];
    const { callback } = await signIn(olga, 'olga', { change: (address) => address });
    expect((await navigate(other.console, callback)).headers.get('location')).toBe(FAILED);
    expect((await navigate(olga.console, callback)).headers.get('location')).toBe(FAILED);
    expect((await me(other)).operator).toBeUndefined();
  });
});

test('a provider that does not answer lets nobody in, and the passkeys go on', async () => {
  const without = await startTestNetwork({
    ...WITH_CONSOLE,
    CONSOLE_OIDC_ISSUER: 'http://127.0.0.1:9',
    CONSOLE_OIDC_CLIENT_ID: 'console',
    CONSOLE_OIDC_CLIENT_SECRET: 'secret',
    CONSOLE_OIDC_ROLE_CLAIM: 'groups',
  });
  const { status, headers } = await navigate(createConsoleBrowser(without), OIDC_SIGN_IN_PATH);
  expect([status, headers.get('location')]).toEqual([303, FAILED]);
  expect((await joined(without, 'SUPPORT')).cookies.has('__Host-console')).toBe(true);
  await without.stop();
});

describe('a fresh confirmation', () => {
  const invite = ({ console: browser }: Person) =>
    browser.call('POST', '/api/operators/invitations', { name: 'Sam', role: 'SUPPORT' });
  const age = () =>
    network.database.pool.query("UPDATE operator_session SET confirmed_until = confirmed_until - interval '1 hour'");
  /** The session's cookie is SameSite=Strict: the browser sends it with the call from the console, but not with the navigation from the provider. */
  const confirm = async (who: Person, name: string) => {
    const started = await who.console.call('GET', `${OIDC_SIGN_IN_PATH}?confirm=1&to=/operators`);
    const { callback, asked } = await who.provider.follow(started.headers.get('location') ?? '', name);
    const attempt = `__Host-console-oidc=${who.console.cookies.get('__Host-console-oidc')}`;
    const { headers } = await navigate(who.console, callback, attempt);
    return { location: headers.get('location'), asked };
  };

  test('is a new sign-in at the provider, though the provider still knows the browser', async () => {
    const rosa = person();
    await signIn(rosa, 'rosa');
    await age();
    expect((await invite(rosa)).body.errordetail[0].reason).toBe('CONFIRMATION_REQUIRED');
    expect(await confirm(rosa, 'rosa')).toEqual({ location: '/operators', asked: true });
    expect((await invite(rosa)).status).toBe(200);
  });

  test('is not given by a single sign-on, nor by a token that says it was long ago', async () => {
    const rosa = person();
    await signIn(rosa, 'rosa');
    await age();
    expect((await signIn(rosa, 'rosa')).asked).toBe(false);
    expect((await invite(rosa)).body.errordetail[0].reason).toBe('CONFIRMATION_REQUIRED');
    provider.tamper = (claims) => ({ ...claims, auth_time: Math.floor(Date.now() / 1000) - 3600 });
    expect((await confirm(rosa, 'rosa')).location).toBe(FAILED);
    expect((await invite(rosa)).status).toBe(403);
  });

  test('is not given by another person', async () => {
    const rosa = person();
    await signIn(rosa, 'rosa');
    await age();
    provider.people.set('mal', { name: 'Mal', groups: ['network-admins'] });
    expect((await confirm({ ...rosa, provider: createProviderBrowser() }, 'mal')).location).toBe(FAILED);
    expect((await invite(rosa)).status).toBe(403);
  });
});

test.each(['//evil.example', 'https://evil.example', '/\\evil.example', '/@evil.example', 'x'])(
  'the browser is never sent to another site: %s',
  async (to) => {
    const { status } = await navigate(
      createConsoleBrowser(network),
      `${OIDC_SIGN_IN_PATH}?to=${encodeURIComponent(to)}`,
    );
    expect(status).toBe(400);
  },
);

test.each([
  ['SUPPORT', 'SUPPORT'],
  [['SUPPORT'], 'SUPPORT'],
  [['SUPPORT', 'SUPPORT', 'other'], 'SUPPORT'],
  ['support', undefined],
  [['SUPPORT', 'AUDITOR'], undefined],
  [[], undefined],
  [undefined, undefined],
  [7, undefined],
])('the role of the claim %j is %s', (claim, role) => {
  const roles = new Map([
    ['SUPPORT', 'SUPPORT'],
    ['AUDITOR', 'AUDITOR'],
  ] as const);
  expect(readRole(claim, { roles })).toBe(role);
});
