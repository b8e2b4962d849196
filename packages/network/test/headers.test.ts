/** The headers that tell browsers what to do and what not to do, on every answer of the network (contract §2). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rotateKeys } from '../src/domain/keys/key-folder.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';

let sandbox: TestNetwork;
let production: TestNetwork;
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'headers-'));
  await rotateKeys({ folder: join(dataDir, 'keys'), mode: 'production', now: new Date('2026-11-24T12:00:00Z') });
  sandbox = await startTestNetwork();
  production = await startTestNetwork({
    MODE: 'production',
    PUBLIC_URL: 'https://verify.network.example',
    DATA_DIR: dataDir,
  });
});
afterAll(async () => {
  await sandbox.stop();
  await production.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** The directives of a policy, by name. */
function readPolicy(text: string | null): ReadonlyMap<string, readonly string[]> {
  const directives = (text ?? '').split(';').map((directive) => directive.trim().split(/\s+/));
  return new Map(directives.map(([name = '', ...values]) => [name, values]));
}

const everywhere = () => [sandbox, production];

describe('the page', () => {
  test('runs its own scripts and nobody’s else: no unsafe source, no inline script, no eval', async () => {
    for (const { address } of everywhere()) {
      const response = await fetch(`${address}/auth/passkeys`);
      const policy = readPolicy(response.headers.get('content-security-policy'));
      expect(policy.get('default-src')).toEqual(["'none'"]);
      expect(policy.get('script-src')).toEqual(["'self'"]);
      expect(policy.get('style-src')).toEqual(["'self'"]);
      expect(policy.get('connect-src')).toEqual(["'self'"]);
      expect(policy.get('base-uri')).toEqual(["'none'"]);
      expect(policy.get('form-action')).toEqual(["'none'"]);
      expect(policy.get('frame-ancestors')).toEqual(["'none'"]);
      expect([...policy.values()].flat().filter((source) => /unsafe|\*|https?:/.test(source))).toEqual([]);
      const html = await response.text();
      expect(html.match(/<script(?![^>]* src=)|<style|\son\w+=|javascript:/gi)).toBeNull();
      for (const [, source] of html.matchAll(/(?:src|href)="([^"]*)"/g))
        expect(source).toMatch(
          /^(\/auth\/passkeys\/assets\/|data:image\/|(http:\/\/verify\.localhost:4000|https:\/\/verify\.network\.example)\/legal\/(terms|privacy)$)/,
        );
    }
  });

  test('writes to the document through the one trusted type that its library needs', async () => {
    const { headers } = await fetch(`${production.address}/auth/passkeys`);
    const policy = readPolicy(headers.get('content-security-policy'));
    expect(policy.get('require-trusted-types-for')).toEqual(["'script'"]);
    expect(policy.get('trusted-types')).toEqual(['lit-html']);
  });

  test('is alone: framed by nobody, opened by nobody, referring to nobody, kept by nobody', async () => {
    const { headers } = await fetch(`${production.address}/auth/passkeys`);
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'content-type': 'text/html; charset=utf-8',
    });
    expect(headers.get('permissions-policy')).toMatch(/publickey-credentials-create=\(self\).*camera=\(\)/);
    expect(headers.getSetCookie()).toEqual([]);
    expect(headers.get('server') ?? headers.get('x-powered-by')).toBeNull();
  });
});

test('everything: strict transport in production, in the sandbox not, and nothing to be read across origins', async () => {
  const paths = [
    '/auth/passkeys',
    '/.well-known/jwks.json',
    '/keys/encryption',
    '/health/live',
    '/openapi.json',
    '/nothing',
  ];
  for (const path of paths) {
    const [open, closed] = await Promise.all(
      everywhere().map(async ({ address }) => (await fetch(address + path)).headers),
    );
    expect(open?.get('strict-transport-security'), path).toBeNull();
    expect(closed?.get('strict-transport-security'), path).toBe('max-age=63072000; includeSubDomains');
    for (const headers of [open, closed]) {
      expect(headers?.get('cross-origin-resource-policy'), path).toBe('same-origin');
      expect(headers?.get('access-control-allow-origin'), path).toBeNull();
      expect(headers?.get('content-security-policy'), path).toMatch(/^default-src 'none'/);
    }
  }
});

test('cookies: this host’s alone, out of scripts’ reach, and no longer than they serve', async () => {
  const browser = sandbox.browser();
  const { body: session } = await sandbox.client.startSession();
  const opened = await browser.open(session.uri);
  const cookies = opened.headers.getSetCookie().map((line) => line.split('; '));
  expect(cookies.map(([pair]) => pair?.split('=')[0])).toEqual(['__Host-ceremony', '__Host-device']);
  for (const [, ...attributes] of cookies) {
    expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']));
    expect(attributes.some((attribute) => attribute.startsWith('Domain'))).toBe(false);
  }
  const ages = cookies.map((cookie) => Number(cookie.find((part) => part.startsWith('Max-Age='))?.slice(8)));
  expect(ages).toEqual([60 * 60, 396 * 24 * 60 * 60]); // a ceremony cookie lasts one hour; a device cookie thirteen months
  const { redirect } = await enrol(sandbox, browser);
  expect(redirect).toMatch(/status=ENROLLED/);
});
