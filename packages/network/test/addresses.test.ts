/** Which addresses exist: no path gets a 5xx, and a method that an address does not take gets 405. */
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { OPEN_PATH, PAGE_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
const lines: string[] = [];
beforeAll(async () => {
  const logStream = { write: (line: string) => void lines.push(line) };
  network = await startTestNetwork({ LOG_LEVEL: 'info' }, undefined, { logStream });
});
afterAll(() => network.stop());

/** Sends the path as written; fetch would normalise it. */
async function ask(method: string, target: string, header = 'X-None: 1') {
  const { hostname, port } = new URL(network.address);
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const request = `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}\r\n\r\n`;
    const socket = connect(Number(port), hostname, () => socket.write(request));
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text)).on('error', reject);
  });
  return { status: Number(answer.slice(9, 12)), allow: /\r\nallow: ([^\r]*)/i.exec(answer)?.[1], answer };
}

const ODD = [
  '',
  '.',
  '..',
  '%00',
  'x%00.js',
  '%2e',
  '%2e%2e/x',
  '%2e%2e%2fx',
  '%5c..%5c',
  '..%5c',
  '//',
  '%',
  '%zz',
  '%ff',
];
const FOLDERS = [
  '/',
  '/auth/',
  `${PAGE_PATH}/`,
  `${PAGE_PATH}/assets/`,
  '/legal/',
  '/keys/',
  '/health/',
  '/.well-known/',
];

describe('a path that is nobody’s is 404, and nothing of it is in the log as an error', () => {
  test.each(FOLDERS)('below %s', async (folder) => {
    // The empty path below the root is the start page, which exists.
    const odd = folder === '/' ? ODD.filter((path) => path !== '') : ODD;
    for (const path of [...odd, 'a'.repeat(300), '.hidden']) {
      const seen = lines.length;
      for (const method of ['GET', 'HEAD'])
        expect([path, (await ask(method, folder + path)).status]).toEqual([path, 404]);
      expect(lines.slice(seen).filter((line) => JSON.parse(line).level >= 40)).toEqual([]);
    }
  });

  test('of a route with a parameter: 401 before anything is looked at', async () => {
    for (const path of ['%00', '%2e%2e', '%5c', '-'.repeat(36)]) {
      expect([path, (await ask('POST', `${SESSIONS_PATH}/${path}/assertion`)).status]).toEqual([path, 401]);
    }
    expect((await ask('POST', `${SESSIONS_PATH}/${'a'.repeat(300)}/assertion`)).status).toBe(404);
  });

  test('in a query: it is no answer and no launch', async () => {
    for (const query of ['%00', '%5c', '%zz', '%ff', '&&', '=']) {
      expect((await ask('GET', `${PAGE_PATH}?locale=${query}&clientId=${query}`)).status).toBe(200);
      expect((await ask('GET', `/auth/verification?response=${query}`)).status).toBe(303);
    }
  });

  test('a file of the page is there, in whole and in part; a range that it does not have is none', async () => {
    const names = await readdir(new URL('../../page/dist/assets/', import.meta.url));
    const path = `${PAGE_PATH}/assets/${names.find((name) => name.endsWith('.js'))}`;
    expect((await ask('GET', path)).status).toBe(200);
    expect((await ask('GET', path, 'Range: bytes=0-9')).status).toBe(206);
    for (const header of ['Range: bytes=99999999-', 'If-Match: "a"'])
      expect((await ask('GET', path, header)).status).toBeLessThan(500);
  });
});

describe('a method that an address does not take is 405, with those that it takes', () => {
  test.each([
    ['GET', SESSIONS_PATH, 'POST'],
    ['DELETE', SESSIONS_PATH, 'POST'],
    ['GET', '/authentication/authenticators', 'POST'],
    ['PUT', `${SESSIONS_PATH}/${'a'.repeat(32)}/assertion`, 'POST'],
    ['GET', OPEN_PATH, 'POST'],
    ['OPTIONS', OPEN_PATH, 'POST'],
    ['GET', '/auth/passkeys/result', 'POST'],
    ['GET', '/auth/passkeys/end', 'POST'],
    ['GET', '/auth/passkeys/consent', 'POST'],
    ['POST', PAGE_PATH, 'GET, HEAD'],
    ['POST', `${PAGE_PATH}/assets/a.js`, 'GET, HEAD'],
    ['POST', '/auth/verification', 'GET, HEAD'],
    ['PATCH', '/keys/encryption', 'GET, HEAD'],
    ['POST', '/.well-known/jwks.json', 'GET, HEAD'],
    ['POST', '/legal/terms', 'GET, HEAD'],
    ['POST', '/health/ready', 'GET, HEAD'],
    ['POST', '/metrics', 'GET, HEAD'],
    ['POST', '/openapi.json', 'GET, HEAD'],
  ])('%s %s', async (method, path, allowed) => {
    const { status, allow, answer } = await ask(method, path, 'Content-Type: text/plain');
    expect([status, allow?.split(', ').toSorted().join(', ')]).toEqual([405, allowed]);
    expect(answer).toContain('"reason":"METHOD_NOT_ALLOWED"');
  });

  test('every address of the OpenAPI document, which names none of the refusals', async () => {
    const { paths } = (await (await fetch(`${network.address}/openapi.json`)).json()) as {
      paths: Record<string, object>;
    };
    expect(Object.keys(paths).length).toBeGreaterThan(8);
    for (const [path, operations] of Object.entries(paths)) {
      const methods = ['get', 'post', 'put', 'delete'];
      expect(Object.keys(operations).filter((name) => !methods.includes(name))).toEqual([]);
      const [other = ''] = ['GET', 'POST', 'PATCH'].filter((method) => !(method.toLowerCase() in operations));
      const { status } = await ask(other, path.replace(/\{.*?\}/, 'a'.repeat(32)));
      expect([path, other, status]).toEqual([path, other, 405]);
    }
  });
});

test('the log names a caller by the address alone, as the proxy that is trusted says it', async () => {
  const addressOf = async (forwarded: string) => {
    const seen = lines.length;
    await ask('GET', '/legal/terms', `X-Forwarded-For: ${forwarded}`);
    await expect.poll(() => lines.length).toBeGreaterThan(seen);
    return JSON.parse(lines.at(-1) ?? '').req.ip;
  };
  expect(await addressOf('203.0.113.9:50001')).toBe('203.0.113.9');
  expect(await addressOf('[2001:db8::1]:443')).toBe('2001:db8::1');
  expect(await addressOf('198.51.100.1, 203.0.113.9:50001, 127.0.0.1:4')).toBe('203.0.113.9');
  expect(await addressOf('5555555555554444')).toBe('unknown');
});
