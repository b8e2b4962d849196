/** The cardholder's own page and its back end (contract §17): the page, its visits, and which calls are accepted. */
import {
  MANAGE_CHALLENGE_PATH,
  MANAGE_LEAVE_PATH,
  MANAGE_PATH,
  MANAGE_REMOVAL_PATH,
  MANAGE_SIGN_IN_PATH,
  PASSKEY_ENDPOINTS_PATH,
} from '@payment-passkeys/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sweep } from '../src/process/housekeeping.ts';
import { createCardholderSteps, START, told } from './cardholder-page-steps.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.stop());
beforeEach(() => {
  network.now = START;
});

const { enrolled, challenge, signIn, visitRows } = createCardholderSteps(() => network);

describe('GET /auth/passkeys/manage', () => {
  test('is the same page for everybody: never framed, never cached, its own scripts and nobody else’s', async () => {
    const browser = await enrolled();
    await signIn(browser);
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const visited = await fetch(network.address + MANAGE_PATH, { headers: { cookie } });
    const response = await fetch(network.address + MANAGE_PATH);
    const html = await response.text();
    expect([response.status, await visited.text()]).toEqual([200, html]);
    const { headers } = response;
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    expect(headers.getSetCookie()).toEqual([]);
    const policy = headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "script-src 'self'", "connect-src 'self'"])
      expect(policy.split('; ')).toContain(rule);
    expect(policy).toMatch(/require-trusted-types-for 'script'; trusted-types lit-html$/);
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(html).not.toMatch(/\{\{|%[A-Z]+%|<script(?![^>]* src=)|<style|\son\w+=/);
  });

  test('is named at the well-known address of passkey endpoints, without an address to enrol', async () => {
    const response = await fetch(network.address + PASSKEY_ENDPOINTS_PATH);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual({ manage: network.publicUrl + MANAGE_PATH });
  });
});

describe('the visit', () => {
  test('lasts five minutes', async () => {
    const browser = await enrolled();
    const [binding] = (await signIn(browser)).body.bindings;
    const remove = () => browser.post(MANAGE_REMOVAL_PATH, { what: 'BINDING', bindingId: binding.bindingId });
    network.now = new Date(START.getTime() + 300_000);
    expect(told(await remove())).toEqual([401, 'ACCESS_DENIED']);
    network.now = new Date(START.getTime() + 299_000);
    expect((await remove()).body.overview.secondsLeft).toBe(1);
  });

  test('ends with "Done": its row is gone, and the cookie too', async () => {
    const browser = await enrolled();
    await network.database.pool.query('TRUNCATE manage_visit');
    await signIn(browser);
    expect(await visitRows()).toMatchObject([{ challenge: null }]);
    const { status, headers } = await browser.post(MANAGE_LEAVE_PATH, {});
    expect(status).toBe(200);
    expect(headers.getSetCookie().join()).toMatch(/^__Host-manage=; .*Expires=Thu, 01 Jan 1970/);
    expect(await visitRows()).toEqual([]);
    expect((await browser.post(MANAGE_LEAVE_PATH, {})).status).toBe(200);
  });

  test('is deleted when it is over, and so is a challenge that nobody has answered', async () => {
    await network.database.pool.query('TRUNCATE manage_visit');
    await challenge(network.browser());
    await signIn(await enrolled());
    network.now = new Date(START.getTime() + 300_000);
    await sweep({ pool: network.database.pool, clock: () => network.now });
    expect(await visitRows()).toHaveLength(2);
    network.now = new Date(START.getTime() + 361_000);
    await sweep({ pool: network.database.pool, clock: () => network.now });
    expect(await visitRows()).toEqual([]);
  });
});

test.each([MANAGE_CHALLENGE_PATH, MANAGE_SIGN_IN_PATH, MANAGE_REMOVAL_PATH, MANAGE_LEAVE_PATH])(
  '%s is called from the page only: any other Origin, site or content type is refused',
  async (path) => {
    const browser = network.browser();
    for (const origin of [undefined, 'null', 'https://other.example', 'http://verify.localhost:4001'])
      expect(told(await browser.post(path, {}, { origin }))).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
    for (const site of ['cross-site', 'same-site', 'none'])
      expect(told(await browser.post(path, {}, { 'sec-fetch-site': site }))).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
      expect(told(await browser.post(path, {}, { 'content-type': type }))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(browser.cookies.size).toBe(0);
  },
);
