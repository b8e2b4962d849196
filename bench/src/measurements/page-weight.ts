/** `pageBytes`: the size of the hosted page with everything that a first visit loads, as transferred. */

import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { PAGE_PATH } from '@payment-passkeys/protocol';
import { PROXY_HEADERS } from '../production.ts';
import type { Target } from '../stage.ts';
import { spreadOf } from '../statistics.ts';
import type { Measurement } from './measurement.ts';

interface Fetched {
  readonly text: string;
  /** The size of the body as sent. */
  readonly bytes: number;
}

export async function measurePageWeight(target: Target): Promise<Measurement> {
  const { address } = target.servers[0] ?? { address: '' };
  const page = await fetchCompressed(address + PAGE_PATH);
  const loaded = new Map<string, Fetched>([[PAGE_PATH, page]]);
  const waiting = linksOf(page.text);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (loaded.has(path)) continue;
    const file = await fetchCompressed(address + path);
    loaded.set(path, file);
    waiting.push(...staticImportsOf(file.text).map((target) => new URL(target, address + path).pathname));
  }
  const bytes = [...loaded.values()].reduce((sum, file) => sum + file.bytes, 0);
  return {
    key: 'pageBytes',
    about: `bodies of the ${loaded.size} requests of a first visit in English, compressed as the network serves them`,
    goal: { atMost: 16_000 },
    value: spreadOf([bytes]),
    sides: [...loaded].map(([path, file]) => ({
      name: path.replace(/-[\w-]{8}\./, '-….'),
      unit: 'bytes',
      spread: spreadOf([file.bytes]),
    })),
  };
}

/** What the document itself makes a browser load: style sheets, scripts, icons, preloads. */
function linksOf(html: string): string[] {
  const links = html.matchAll(/<(?:link|script|img)\b[^>]*\s(?:href|src)="(\/[^"]*)"/g);
  return Array.from(links, ([, path = '']) => path);
}

/** Dynamic imports do not count: they load another language when it is chosen. */
function staticImportsOf(script: string): string[] {
  return Array.from(
    script.matchAll(/(?:^|[;}\n])\s*(?:import|export)\b[^;'"()]*["'](\.[^"']+)["']/g),
    ([, path = '']) => path,
  );
}

function fetchCompressed(url: string): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    const headers = { 'accept-encoding': 'br, gzip', ...PROXY_HEADERS };
    request(url, { headers }, async (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answers ${response.statusCode}.`));
      const body = Buffer.concat(await response.toArray());
      const encoding = response.headers['content-encoding'];
      const plain = encoding === 'br' ? brotliDecompressSync(body) : encoding === 'gzip' ? gunzipSync(body) : body;
      resolve({ text: plain.toString(), bytes: body.length });
    })
      .on('error', reject)
      .end();
  });
}
