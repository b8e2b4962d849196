/** The registration element in pages of other kinds: plain HTML, React, and a page that a server renders. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { ConsentReceipt } from '@payment-passkeys/issuer/consent';
import type { Page } from '@playwright/test';
import { rolldown } from 'rolldown';
import { importingModule, withLanguagesModule } from '../packages/issuer/build-reference.mjs';
import { serveExample } from '../packages/issuer/examples/server-rendered.ts';
import { addAuthenticator } from './authenticator.ts';
import { button, expect, test } from './fixtures.ts';
import { BUNDLE, buildRegistration, element, ISSUER, select } from './registration.ts';

test.beforeAll(buildRegistration);

test.describe('in pages of other kinds', () => {
  let server: Server | undefined;
  test.afterEach(() => {
    server?.close();
    server?.closeAllConnections();
  });

  async function open(page: Page, listening: Server): Promise<void> {
    server = listening.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await addAuthenticator(page);
    await page.goto(`http://example.localhost:${(server.address() as AddressInfo).port}/`);
    await expect(element(page).locator('.registration')).toBeVisible();
  }

  test('plain HTML: one script, one tag; the form carries the consent', async ({ page }) => {
    await open(page, serveFolder(path.join(ISSUER, 'examples'), 'plain.html'));
    await expect(page.getByRole('heading', { level: 1, name: /Configura/ })).toBeVisible();
    await expect(page.getByText('1 tarjeta y 1 correo electrónico')).toBeVisible();
    await expect(button(page, 'Aceptar y continuar')).toHaveCSS('background-color', 'rgb(106, 27, 77)');
    await select(page, 'language').selectOption('ja');
    await expect(button(page, '同意して続ける')).toBeVisible();
    await button(page, '同意して続ける').click();
    await expect(page.locator('body')).toContainText('consent=');
    const sent = JSON.parse(new URLSearchParams((await page.locator('body').textContent()) ?? '').get('consent') ?? '');
    expect(sent).toMatchObject({ country: 'MX', language: 'ja', accounts: ['a', 'b'] });
    expect(sent.textHash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('React: properties in, events out', async ({ page }) => {
    await open(page, serveFolder(await bundleReact(), 'index.html'));
    await page.getByRole('checkbox', { name: /5100/ }).uncheck();
    await select(page, 'language').selectOption('de');
    await expect(page.locator('[data-place]')).toHaveText('US de');
    await expect(page.getByRole('checkbox', { name: /5100/ })).not.toBeChecked();
    await button(page, 'Zustimmen und fortfahren').click();
    const accepted = JSON.parse((await page.locator('[data-accepted]').textContent()) ?? '');
    expect(accepted).toMatchObject({ country: 'US', language: 'de', accounts: ['card-1', 'mobile-1'] });
  });

  test('a server-rendered page: the same receipt from the element and from the plain form', async ({
    page,
    browser,
  }) => {
    const receipts: ConsentReceipt[] = [];
    const store = {
      addReceipt: async (receipt: ConsentReceipt) => void receipts.push(receipt),
      findReceipt: async () => undefined,
      findReceiptsOf: async () => [],
      findReceipts: async () => [],
    };
    const bundle = serveFolder(path.join(ISSUER, 'examples'), 'plain.html').listen(0, '127.0.0.1');
    await once(bundle, 'listening');
    const script = `http://example.localhost:${(bundle.address() as AddressInfo).port}/payment-passkey-registration.js`;
    const rendered = serveExample({ script, store });
    await open(page, rendered);
    await expect(page.locator('[data-plain]')).toHaveCount(0);
    await button(page, 'Accepter et continuer').click();
    await expect(page.locator('#receipt')).toHaveText(receipts[0]?.receiptId ?? '');
    const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await plain.goto(`http://example.localhost:${(rendered.address() as AddressInfo).port}/`);
    await button(plain, 'Accepter et continuer').click();
    await expect(plain.locator('#receipt')).toHaveText(receipts[1]?.receiptId ?? '');
    const [byElement, byForm] = receipts.map(({ receiptId: _id, acceptedAt: _at, ...rest }) => rest);
    expect(byElement).toEqual(byForm);
    await plain.context().close();
    bundle.close();
    bundle.closeAllConnections();
  });
});

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
};

/** Serves a folder, and the bundle with its files; a POST is answered with its own body, as text. */
function serveFolder(folder: string, index: string): Server {
  return createServer(async (request, response) => {
    if (request.method === 'POST') {
      return response.setHeader('content-type', 'text/plain; charset=utf-8').end(await text(request));
    }
    const name = request.url === '/' ? index : (request.url ?? '').slice(1);
    const places = [path.join(folder, name), path.join(path.dirname(BUNDLE), name)];
    const type = TYPES[path.extname(name).slice(1)] ?? 'application/octet-stream';
    response.setHeader('access-control-allow-origin', '*');
    for (const place of places) {
      try {
        const content = readFileSync(place);
        return response.setHeader('content-type', type).end(content);
      } catch {
        // The file may be in the other folder.
      }
    }
    return response.writeHead(404).end();
  });
}

/** examples/react.tsx, bundled, with each language as a chunk. */
async function bundleReact(): Promise<string> {
  const dir = mkdtempSync(path.join(tmpdir(), 'payment-passkeys-react-'));
  const bundle = await rolldown({
    input: path.join(ISSUER, 'examples/react.tsx'),
    platform: 'browser',
    tsconfig: false,
    resolve: { conditionNames: ['source', 'browser', 'import', 'default'] },
    transform: { define: { 'process.env.NODE_ENV': '"production"' }, jsx: 'react-jsx' },
    plugins: [
      withLanguagesModule(importingModule()),
      {
        name: 'page',
        generateBundle() {
          const source =
            '<!doctype html><meta charset="utf-8"><title>React</title><div id="root"></div><script type="module" src="react.js"></script>';
          this.emitFile({ type: 'asset', fileName: 'index.html', source });
        },
      },
    ],
  });
  await bundle.write({ dir, format: 'esm', minify: true });
  await bundle.close();
  return dir;
}
