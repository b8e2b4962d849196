/** Who may do what at the console, and from where (contract §18): a row for each route; the two listeners; calls from other sites. */
import { CONSOLE_PAGES, OPERATOR_ROLES, type OperatorRole, SANDBOX_PAGES } from '@payment-passkeys/protocol/console';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANYBODY, allow } from '../src/api/console/guard/allow.ts';
import { guardConsole } from '../src/api/console/guard/guard.ts';
import { buildConsoleServer } from '../src/console-server.ts';
import { buildOperatorPolicy } from '../src/domain/operators/operator.ts';
import { openPipeline } from '../src/platform/http/pipeline.ts';
import { type ConsoleBrowser, consoleOf, createConsoleBrowser, joined, WITH_CONSOLE } from './console-browser.ts';
import { lintOpenApi } from './openapi-lint.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

const START = new Date('2026-11-28T10:32:00Z');
const [S, O, A, U] = OPERATOR_ROLES;
const ALL = OPERATOR_ROLES;

type Row = readonly [route: string, roles: readonly OperatorRole[] | 'ANYBODY', fresh?: 'FRESH'];

/** Each route of the API, the roles that may call it, and whether it needs a fresh confirmation. A new route needs a row here. */
const ROWS: readonly Row[] = [
  ['GET /api/me', 'ANYBODY'],
  ['POST /api/sign-in/options', 'ANYBODY'],
  ['POST /api/sign-in', 'ANYBODY'],
  ['POST /api/sign-out', 'ANYBODY'],
  ['POST /api/invitations/open', 'ANYBODY'],
  ['POST /api/invitations/accept', 'ANYBODY'],
  ['POST /api/confirm/options', ALL],
  ['POST /api/confirm', ALL],
  ['GET /api/operators', [A, U]],
  ['POST /api/operators/invitations', [A], 'FRESH'],
  ['DELETE /api/operators/invitations/{invitationId}', [A]],
  ['PUT /api/operators/{operatorId}/role', [A], 'FRESH'],
  ['DELETE /api/operators/{operatorId}', [A], 'FRESH'],
  ['GET /api/overview', ALL],
  ['GET /api/problems', ALL],
  ['POST /api/sessions/search', ALL],
  ['GET /api/sessions/{id}', ALL],
  ['POST /api/passkeys/search', [S, O, U]],
  ['POST /api/passkeys/delete', [O], 'FRESH'],
  ['GET /api/passkeys/{id}', [S, O, U]],
  ['POST /api/passkeys/{id}/suspend', [S, O]],
  ['POST /api/passkeys/{id}/resume', [O], 'FRESH'],
  ['POST /api/passkeys/{id}/delete', [O], 'FRESH'],
  ['DELETE /api/passkeys/{id}/devices/{deviceId}', [O]],
  ['GET /api/approvals', [O, A, U]],
  ['POST /api/approvals/{id}/approve', [O, A], 'FRESH'],
  ['POST /api/approvals/{id}/reject', [O, A]],
  ['POST /api/approvals/{id}/withdraw', [O, A]],
  ['GET /api/clients', ALL],
  ['POST /api/clients/check', [O]],
  ['POST /api/clients', [O], 'FRESH'],
  ['GET /api/clients/{id}', [O, U]],
  ['PUT /api/clients/{id}', [O], 'FRESH'],
  ['POST /api/clients/{id}/suspend', [O], 'FRESH'],
  ['POST /api/clients/{id}/resume', [O], 'FRESH'],
  ['GET /api/clients/{id}/versions', [O, U]],
  ['GET /api/clients/{id}/merchants', [O, U]],
  ['GET /api/clients/{id}/deliveries', [O, U]],
  ['POST /api/clients/{id}/deliveries/replay', [O]],
  ['POST /api/clients/{id}/webhooks/enable', [O]],
  ['POST /api/clients/{id}/events/test', [O]],
  ['GET /api/clients/{id}/events/test/{eventId}', [O, U]],
  ['POST /api/sandbox/sessions/{id}/age', [O, A]],
  ['POST /api/sandbox/events', [O, A]],
  ['GET /api/audit', [A, U]],
  ['GET /api/audit/export', [U]],
  ['GET /api/sandbox', ALL],
  ['GET /api/sandbox/clients/{id}/requests', ALL],
  ['GET /api/sandbox/examinations', ALL],
  ['POST /api/sandbox/examinations', [O, A]],
  ['GET /api/sandbox/examinations/{examinationId}', ALL],
  ['POST /api/sandbox/examinations/{examinationId}/end', [O, A]],
  ['POST /api/sandbox/cardholder', [O, A]],
];
const TABLE = ROWS.map(([route, roles, fresh]) => ({ route, roles, fresh }));

let network: TestNetwork;
let browsers: ReadonlyMap<OperatorRole, ConsoleBrowser>;
let documented: OpenApi;
beforeAll(async () => {
  network = await startTestNetwork(WITH_CONSOLE, START);
  const signedIn = await Promise.all(ALL.map(async (role) => [role, await joined(network, role)] as const));
  browsers = new Map(signedIn);
  documented = (await as(S).call('GET', '/api/openapi.json')).body;
});
afterAll(() => network.stop());

const as = (role: OperatorRole): ConsoleBrowser => {
  const browser = browsers.get(role);
  if (browser === undefined) throw new Error(`Nobody is ${role}.`);
  return browser;
};

interface Operation {
  readonly 'x-roles'?: readonly string[];
  readonly 'x-confirmation'?: true;
  readonly responses: object;
  readonly summary?: string;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** The reason of the guard's refusal; undefined if the call passed the guard, whatever the route answered. */
async function refusal(browser: ConsoleBrowser, route: string): Promise<string | undefined> {
  const [method = '', path = ''] = route.split(' ');
  const body = method === 'GET' || method === 'DELETE' ? undefined : {};
  const answer = await browser.call(method, path.replaceAll(/\{\w+\}/g, 'A'.repeat(22)), body);
  const code = answer.body?.errordetail?.[0].reason;
  if (code === 'ROLE_NOT_ALLOWED') expect(answer.status).toBe(403);
  return ['SIGNED_OUT', 'ROLE_NOT_ALLOWED', 'CONFIRMATION_REQUIRED'].includes(code) ? code : undefined;
}

describe('the table', () => {
  test('has a row for each route that the server has', () => {
    const served = Object.entries(documented.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(TABLE.map(({ route }) => route).sort()).toEqual(served.filter((route) => route.includes(' /api/')).sort());
  });

  test.each(TABLE)('$route: $roles $fresh', async ({ route, roles, fresh }) => {
    network.now = START;
    const stranger = createConsoleBrowser(network);
    expect(await refusal(stranger, route)).toBe(roles === 'ANYBODY' ? undefined : 'SIGNED_OUT');
    if (roles === 'ANYBODY') return;
    for (const role of ALL) {
      expect([role, await refusal(as(role), route)]).toEqual([
        role,
        roles.includes(role) ? undefined : 'ROLE_NOT_ALLOWED',
      ]);
    }
    network.now = new Date(START.getTime() + 6 * 60 * 1000); // the confirmation by the sign-in has expired
    for (const role of roles) {
      expect([role, await refusal(as(role), route)]).toEqual([role, fresh && 'CONFIRMATION_REQUIRED']);
    }
    network.now = START;
  });

  test('a refused role is told which ones are allowed', async () => {
    const { status, body } = await as(S).call('GET', '/api/operators');
    expect([status, body.roles]).toEqual([403, ['ADMINISTRATOR', 'AUDITOR']]);
  });

  test('a server with a route that does not declare who may call it does not start', () => {
    const app = openPipeline(network.running.network, { logStream: undefined });
    guardConsole(app, { pool: network.database.pool, clock: () => START });
    expect(() => app.get('/api/declared', { config: allow([S]) }, async () => ({}))).not.toThrow();
    expect(() => app.get('/api/open', { config: ANYBODY }, async () => ({}))).not.toThrow();
    expect(() => app.get('/api/forgotten', async () => ({}))).toThrow('GET /api/forgotten does not declare');
    expect(() => allow([])).toThrow(RangeError);
  });
});

describe('a call from another site', () => {
  const invite = (headers: Readonly<Record<string, string | undefined>>) =>
    as(A).call('POST', '/api/operators/invitations', { name: 'Mal', role: 'ADMINISTRATOR' }, headers);

  test.each([
    ['of another origin', { origin: 'https://evil.example' }],
    ['of a sandboxed frame', { origin: 'null' }],
    ['without Origin', { origin: undefined }],
    ["of the network's own public origin", { origin: 'http://verify.localhost:4000' }],
    ['of another port of the same host', { origin: 'http://console.localhost:4999' }],
    ['that the browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['that the browser calls same-site', { 'sec-fetch-site': 'same-site' }],
  ])('%s changes nothing, though the cookie is sent', async (_, headers) => {
    const { status, body } = await invite(headers);
    expect([status, body.errordetail[0].reason]).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', undefined])(
    'as a form could send it (%s) is refused',
    async (type) => {
      expect((await invite({ 'content-type': type })).status).toBe(415);
    },
  );

  test.each([{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }])(
    'reads nothing either: %j',
    async (headers) => {
      const { status } = await as(A).call('GET', '/api/operators', undefined, headers);
      expect(status).toBe(403);
    },
  );

  test('has changed nothing in all that', async () => {
    const { rows } = await network.database.pool.query("SELECT FROM operator_invitation WHERE name = 'Mal'");
    expect(rows).toEqual([]);
  });
});

describe('the two listeners', () => {
  const ask = async (address: string, path: string, method = 'GET') =>
    (await fetch(address + path, { method, redirect: 'manual', headers: { origin: consoleOf(network).url } })).status;

  test('the public port serves nothing of the console', async () => {
    const paths = [
      ...CONSOLE_PAGES.filter((path) => path !== '/'),
      ...Object.keys(documented.paths),
      '/api/openapi.json',
    ];
    for (const path of paths) expect([path, await ask(network.address, path)]).toEqual([path, 404]);
    expect(await (await fetch(network.address)).text()).not.toBe(
      await (await fetch(consoleOf(network).address)).text(),
    );
    expect(await ask(network.address, '/assets/console.js')).toBe(404);
  });

  test("the console's port serves nothing of the public one", async () => {
    const { body } = await (await fetch(`${network.address}/openapi.json`))
      .json()
      .then((json) => ({ body: json as OpenApi }));
    const paths = Object.keys(body.paths);
    expect(paths.length).toBeGreaterThan(10);
    const { address } = consoleOf(network);
    for (const path of [
      ...paths,
      '/openapi.json',
      '/auth/passkeys',
      '/auth/passkeys/manage',
      '/metrics',
      '/health/ready',
    ]) {
      // A page of the console may have the same address as a call of the public API. The call is not served there.
      const isPage = SANDBOX_PAGES.some((page) => page === path.replace(/\{[^}]+\}$/, ':id'));
      const expected = isPage ? [200, 405] : [404, 404];
      expect([path, await ask(address, path), await ask(address, path, 'POST')]).toEqual([path, ...expected]);
    }
  });

  test('without CONSOLE_URL the console is on loopback alone', () => {
    expect(new URL(consoleOf(network).address).hostname).toBe('127.0.0.1');
  });

  test('without CONSOLE_PORT there is no console', async () => {
    const without = await startTestNetwork();
    expect(without.running.consoleAddress).toBeUndefined();
    await without.stop();
  });
});

describe('the pages', () => {
  test('are the same for everybody, run their own scripts and nobody else’s, and are never framed', async () => {
    const { address } = consoleOf(network);
    const pages = await Promise.all(CONSOLE_PAGES.map((path) => fetch(address + path.replace(':id', 'x'))));
    const texts = await Promise.all(pages.map((page) => page.text()));
    expect(new Set(texts).size).toBe(1);
    for (const { status, headers } of pages) {
      expect(status).toBe(200);
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'cross-origin-opener-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
      });
      const policy = headers.get('content-security-policy') ?? '';
      for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"])
        expect(policy.split('; ')).toContain(rule);
      expect(policy).toMatch(/require-trusted-types-for 'script'; trusted-types lit-html$/);
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
    }
    expect(texts[0]).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=/);
  });

  test('an unknown address is answered as the API answers, for a browser with the page, and a method that a route does not have with 405', async () => {
    const { address } = consoleOf(network);
    expect((await fetch(`${address}/nothing`)).status).toBe(404);
    const inBrowser = await fetch(`${address}/nothing`, { headers: { accept: 'text/html' } });
    expect([inBrowser.status, await inBrowser.text()]).toEqual([404, await (await fetch(address)).text()]);
    const wrong = await as(A).call('DELETE', '/api/operators');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test.each([
    '/assets/',
    '/assets/..%2findex.html',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/x%00.js',
    '/assets/nothing.js',
  ])('%s is no file of the console', async (path) => {
    expect((await fetch(consoleOf(network).address + path)).status).toBe(404);
  });
});

/** Rules of the lint that are off, because only the network's own operators read this document, and a sandbox serves it on localhost. */
const NOT_PUBLISHED = {
  'info-license': 'off',
  'no-server-example.com': 'off',
  'operation-operationId': 'off',
  'no-ambiguous-paths': 'off', // operators/invitations/{invitationId}, and operators/{operatorId}/role
} as const;

describe('the OpenAPI document', () => {
  test('is valid, and says of each operation what it is, who may call it, and how it refuses', async () => {
    expect(await lintOpenApi(JSON.stringify(documented), NOT_PUBLISHED)).toEqual([]);
    for (const { route, roles, fresh } of TABLE) {
      const [method = '', path = ''] = route.split(' ');
      const operation = documented.paths[path]?.[method.toLowerCase()];
      expect([
        route,
        operation?.['x-roles']?.toSorted() ?? 'ANYBODY',
        operation?.['x-confirmation'] && 'FRESH',
      ]).toEqual([route, roles === 'ANYBODY' ? roles : roles.toSorted(), fresh]);
      expect([route, operation?.summary]).toEqual([route, expect.any(String)]);
      expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(['200', '4XX', '5XX']));
    }
  });

  test('is not for strangers', async () => {
    expect((await createConsoleBrowser(network).call('GET', '/api/openapi.json')).status).toBe(401);
  });
});

test('in production the console is reached by https only', async () => {
  const { config, ...parts } = network.running.network;
  const settings = { ...config.console, url: 'https://console.network.example' } as NonNullable<typeof config.console>;
  const app = await buildConsoleServer({
    ...parts,
    config: { ...config, mode: 'production' },
    console: settings,
    operatorPolicy: buildOperatorPolicy(settings, 'Test'),
    publicServer: openPipeline(network.running.network, { logStream: undefined }),
  });
  const ask = async (proto: string) =>
    (await app.inject({ url: '/api/me', headers: { 'x-forwarded-proto': proto } })).statusCode;
  expect([await ask('http'), await ask('https')]).toEqual([404, 200]);
  await app.close();
});
