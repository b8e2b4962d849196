/** The network's name, mark, colour and support address on the hosted page, and its documents in ten languages. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PAGE_PATH } from '@payment-passkeys/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

const MARK = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>';
let folder: string;
let network: TestNetwork;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'network-branding-'));
  await writeFile(join(folder, 'mark.svg'), MARK);
  network = await startTestNetwork({
    NETWORK_NAME: 'Kestrel & <Sons>',
    NETWORK_MARK: join(folder, 'mark.svg'),
    NETWORK_ACCENT: '#7a003c',
    NETWORK_SUPPORT_URI: 'https://network.example/help?a=1&b=2',
  });
});
afterAll(async () => {
  await network.stop();
  await rm(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(network.address + path, { headers });

describe('the hosted page', () => {
  test('has the network’s name in title and header, its mark, its documents and its address for help', async () => {
    const html = await (await get(PAGE_PATH)).text();
    expect(html).toContain('<title>Kestrel &amp; &lt;Sons&gt;</title>');
    expect(html).toContain('<bdi>Kestrel &amp; &lt;Sons&gt;</bdi>');
    expect(html).toContain('href="https://network.example/help?a=1&amp;b=2"');
    for (const path of ['/legal/terms', '/legal/privacy']) expect(html).toContain(`href="${network.publicUrl}${path}"`);
    expect(html).not.toMatch(/\{\{(network|terms|privacy|support)|<!--/);
  });

  test('loads the mark from the network alone, as a drawing that neither runs nor loads anything', async () => {
    const [, path = ''] = /<img src="([^"]+)" alt=""/.exec(await (await get(PAGE_PATH)).text()) ?? [];
    const mark = await get(path);
    expect(await mark.text()).toBe(MARK);
    expect(Object.fromEntries(mark.headers)).toMatchObject({
      'content-type': 'image/svg+xml',
      'content-security-policy': expect.stringMatching(/^default-src 'none';.*sandbox/),
      'cache-control': expect.stringContaining('immutable'),
      'x-content-type-options': 'nosniff',
    });
  });

  test('has the accent in one sheet, which the policy allows by its hash and nothing else', async () => {
    const response = await get(PAGE_PATH);
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(await response.text()) ?? [];
    expect(style).toContain('--accent:#7a003c');
    const hash = createHash('sha256').update(style).digest('base64');
    expect(response.headers.get('content-security-policy')).toContain(`style-src 'self' 'sha256-${hash}';`);
    expect(response.headers.get('content-security-policy')).not.toContain('unsafe');
  });
});

describe('the start page of a sandbox', () => {
  test('names what runs here and nothing else, in the browser’s language', async () => {
    const response = await get('/', { 'accept-language': 'de' });
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(html).toContain('<html lang="de" dir="ltr">');
    expect(html).toContain('Eine Sandbox');
    expect(html).toContain('<bdi>Kestrel &amp; &lt;Sons&gt;</bdi>');
    expect(html).not.toContain('<script');
    const links = [...html.matchAll(/<li><a href="([^"]+)"/g)].map(([, to = '']) => to);
    expect(links).toContain('/openapi.json');
    for (const to of links) expect([to, (await get(to)).status]).toEqual([to, 200]);
    expect(html).toContain(`<code dir="ltr">${network.publicUrl}</code>`);
  });
});

describe('an address without a page', () => {
  const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

  test('is a page for a browser, in its language and with the network’s branding: 404, and 405 where only programs call', async () => {
    const nothing = await get('/nothing?a=1', { accept: BROWSER, 'accept-language': 'qaa, ar;q=0.5' });
    const html = await nothing.text();
    expect([nothing.status, nothing.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(html).toContain('<html lang="ar" dir="rtl">');
    expect(html).toContain('<bdi>Kestrel &amp; &lt;Sons&gt;</bdi>');
    expect(html).toContain('<footer>');
    expect(html).not.toContain('<script');
    expect(nothing.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self' 'sha256-/);
    const post = await get('/auth/passkeys/open', { accept: BROWSER });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await post.text()).toContain('There is no page here');
    for (const path of ['/%zz', '/auth/passkeys/assets/nothing.js'])
      expect(await (await get(path, { accept: BROWSER })).text()).toContain('There is no page here');
  });

  test.each([['*/*'], ['application/json'], ['application/json, text/htmlx']])(
    'is JSON for a program that accepts %s',
    async (accept) => {
      const answer = await get('/nothing', { accept });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/json; charset=utf-8']);
    },
  );

  test('is JSON for a call that is no page, whatever it accepts', async () => {
    const answer = await fetch(`${network.address}/nothing`, { method: 'POST', headers: { accept: BROWSER } });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });
});

describe('the network’s documents', () => {
  test.each(['ar', 'de', 'en', 'es', 'fr', 'hi', 'id', 'ja', 'pt', 'zh'])(
    'are there in %s, marked as samples',
    async (language) => {
      for (const path of ['/legal/terms', '/legal/privacy']) {
        const response = await get(`${path}?lang=${language}`, { 'accept-language': 'en' });
        const html = await response.text();
        expect(html).toMatch(
          new RegExp(`<html lang="${language}(-Hans)?" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`),
        );
        expect(html).toContain('<p class="note">');
        expect(html).toContain('Kestrel &amp; &lt;Sons&gt;');
        expect(html).not.toMatch(/\{\w+\}|\{\{/);
        expect(html).not.toContain('<script');
        expect(response.headers.get('content-security-policy')).toMatch(
          /^default-src 'none'; style-src 'self' 'sha256-/,
        );
      }
    },
  );

  test('follow the browser’s language, and English where it is not there', async () => {
    const titleIn = async (accepted: string) =>
      /<h1>(.*?)<\/h1>/.exec(await (await get('/legal/terms', { 'accept-language': accepted })).text())?.[1];
    expect(await titleIn('qaa, de;q=0.8')).toBe('Nutzungsbedingungen');
    expect(await titleIn('qaa')).toBe('Terms of Use');
  });

  test('are the operator’s own where LEGAL_TEXTS has them', async () => {
    await writeFile(join(folder, 'terms.en.txt'), 'Our terms\n\n# Scope\n\nNo <b> here.');
    await writeFile(join(folder, 'privacy.en.txt'), 'Our notice\n\nNothing is kept.');
    const own = await startTestNetwork({ LEGAL_TEXTS: folder, TERMS_VERSION: '7', TERMS_DATE: '2026-02-01' });
    try {
      const html = await (await fetch(`${own.address}/legal/terms?lang=ja`)).text();
      expect(html).toContain('<h2>Scope</h2>');
      expect(html).toContain('<p>No &lt;b&gt; here.</p>');
      expect(html).not.toContain('class="note"');
      const { documents } = own.running.network.config;
      expect(documents.complianceResources.map(({ version }) => version)).toEqual(['7', '7']);
    } finally {
      await own.stop();
    }
  });
});
