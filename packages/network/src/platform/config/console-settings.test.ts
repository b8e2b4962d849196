/** The console's settings: where it listens, under which origin, and who may sign in. */
import { expect, test } from 'vitest';
import { readConsole } from './console-settings.ts';

const SANDBOX = { mode: 'sandbox', host: '0.0.0.0', port: 4000, publicUrl: 'http://verify.localhost:4000' } as const;
const PRODUCTION = { ...SANDBOX, mode: 'production', publicUrl: 'https://verify.network.example' } as const;
const URL_SET = { CONSOLE_PORT: '4003', CONSOLE_URL: 'https://console.network.example' };
const OIDC = {
  ...URL_SET,
  CONSOLE_OIDC_ISSUER: 'https://id.example',
  CONSOLE_OIDC_CLIENT_ID: 'console',
  CONSOLE_OIDC_CLIENT_SECRET: 'secret',
  CONSOLE_OIDC_ROLE_CLAIM: 'groups',
};

test('without CONSOLE_PORT there is none', () => {
  expect(readConsole({ CONSOLE_URL: 'https://console.network.example' }, PRODUCTION)).toBeUndefined();
});

test('without CONSOLE_URL it is on loopback, wherever the public listener is', () => {
  expect(readConsole({ CONSOLE_PORT: '4003' }, SANDBOX)).toEqual({
    host: '127.0.0.1',
    port: 4003,
    url: 'http://console.localhost:4003',
    approvals: false,
    oidc: undefined,
  });
});

test('in production it has an https origin, and approvals are on', () => {
  expect(readConsole(URL_SET, PRODUCTION)).toMatchObject({
    host: '0.0.0.0',
    url: URL_SET.CONSOLE_URL,
    approvals: true,
  });
  expect(readConsole({ ...URL_SET, CONSOLE_APPROVALS: 'off' }, PRODUCTION)?.approvals).toBe(false);
  expect(readConsole({ ...URL_SET, CONSOLE_APPROVALS: 'on' }, SANDBOX)?.approvals).toBe(true);
});

test.each([
  ['CONSOLE_PORT', { CONSOLE_PORT: '0' }, SANDBOX],
  ['CONSOLE_PORT', { CONSOLE_PORT: '4000' }, SANDBOX],
  ['CONSOLE_URL', { CONSOLE_PORT: '4003' }, PRODUCTION],
  ['CONSOLE_URL', { ...URL_SET, CONSOLE_URL: 'http://console.network.example' }, PRODUCTION],
  ['CONSOLE_URL', { ...URL_SET, CONSOLE_URL: 'https://console.network.example/path' }, PRODUCTION],
  ['CONSOLE_URL', { ...URL_SET, CONSOLE_URL: 'https://203.0.113.1' }, PRODUCTION],
  ['CONSOLE_URL', { ...URL_SET, CONSOLE_URL: 'https://verify.network.example:8443' }, PRODUCTION],
  ['CONSOLE_URL', { ...URL_SET, CONSOLE_URL: 'ftp://console.network.example' }, SANDBOX],
  ['CONSOLE_APPROVALS', { ...URL_SET, CONSOLE_APPROVALS: 'yes' }, PRODUCTION],
  ['CONSOLE_OIDC_ISSUER', { ...OIDC, CONSOLE_OIDC_ISSUER: 'http://id.example' }, PRODUCTION],
  ['CONSOLE_OIDC_ISSUER', { ...OIDC, CONSOLE_OIDC_ISSUER: 'id.example' }, SANDBOX],
  ['CONSOLE_OIDC_CLIENT_ID', { ...OIDC, CONSOLE_OIDC_CLIENT_ID: '' }, PRODUCTION],
  ['CONSOLE_OIDC_CLIENT_SECRET', { ...OIDC, CONSOLE_OIDC_CLIENT_SECRET: undefined }, PRODUCTION],
  ['CONSOLE_OIDC_ROLE_CLAIM', { ...OIDC, CONSOLE_OIDC_ROLE_CLAIM: undefined }, PRODUCTION],
  ['CONSOLE_OIDC_ROLES', { ...OIDC, CONSOLE_OIDC_ROLES: 'admins' }, PRODUCTION],
  ['CONSOLE_OIDC_ROLES', { ...OIDC, CONSOLE_OIDC_ROLES: 'admins=ROOT' }, PRODUCTION],
  ['CONSOLE_OIDC_ROLES', { ...OIDC, CONSOLE_OIDC_ROLES: '=SUPPORT' }, PRODUCTION],
])('%s is refused in %j', (setting, env, listener) => {
  expect(() => readConsole(env, listener)).toThrow(expect.objectContaining({ setting }));
});

test('the values of the role claim are the roles, unless they are mapped', () => {
  expect([...(readConsole(OIDC, PRODUCTION)?.oidc?.roles ?? [])]).toEqual([
    ['SUPPORT', 'SUPPORT'],
    ['OPERATOR', 'OPERATOR'],
    ['ADMINISTRATOR', 'ADMINISTRATOR'],
    ['AUDITOR', 'AUDITOR'],
  ]);
  const mapped = { ...OIDC, CONSOLE_OIDC_ROLES: 'cn=admins,helpdesk=SUPPORT' };
  expect(() => readConsole(mapped, PRODUCTION)).toThrow('CONSOLE_OIDC_ROLES');
  const roles = { ...OIDC, CONSOLE_OIDC_ROLES: 'net=admins=ADMINISTRATOR, helpdesk=SUPPORT' };
  expect([...(readConsole(roles, PRODUCTION)?.oidc?.roles ?? [])]).toEqual([
    ['net=admins', 'ADMINISTRATOR'],
    ['helpdesk', 'SUPPORT'],
  ]);
});
