/**
 * Several hundred addresses that try to lead to an unregistered host, and some that only look like it. In an accepted address, every parser must
 * read a registered host. The corpus is a JSON file, so that the network's tests send the same addresses over HTTP.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildFailureCallback, buildSuccessCallback, checkCallbackUri, checkLaunchCallbackUri } from './callback.ts';
import { failureOf } from './outcomes.ts';

interface Entry {
  readonly trick: string;
  readonly address: string;
  /** The origin or private-use scheme of an accepted address; undefined if the address must be refused. */
  readonly endsAt?: string;
}

const CORPUS = JSON.parse(readFileSync(new URL('callback-corpus.json', import.meta.url), 'utf8')) as readonly Entry[];
const production = {
  mode: 'production',
  registeredSchemes: ['com.example.bank'],
  callbackDomains: ['bank.example', '*.app.bank.example', 'pay.bank.example:8443'],
} as const;
const sandbox = { ...production, mode: 'sandbox' } as const;

const REGISTERED = /^(bank|pay\.bank|[a-z0-9-]+(\.[a-z0-9-]+)*\.app\.bank)\.example$/;

/** The hosts that four parsers read: the WHATWG parser, Node's legacy parser, the expression of RFC 3986 appendix B, and a simple split. */
function hostsOf(uri: string): readonly string[] {
  const [, , , authority = ''] = /^(([^:/?#]+):)?(?:\/\/([^/?#]*))?/.exec(uri)?.slice(0) ?? [];
  const careless = uri.split('://')[1]?.split(/[/?#\\]/)[0] ?? '';
  return [new URL(uri).host, parse(uri).host ?? '', authority, careless].map((host) => host.toLowerCase());
}

function originOf(uri: string): string {
  const url = new URL(uri);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.origin : url.protocol;
}

test('the corpus is several hundred addresses, each once', () => {
  expect(CORPUS.length).toBeGreaterThan(400);
  expect(new Set(CORPUS.map(({ address }) => address)).size).toBe(CORPUS.length);
});

describe('of a launch, in production', () => {
  test.each(CORPUS.map(({ trick, address, endsAt }) => [trick, address.slice(0, 90), { address, endsAt }] as const))(
    '%s: %j',
    (_trick, _shown, { address, endsAt }) => {
      const checked = checkLaunchCallbackUri(address, production);
      expect(checked.ok ? originOf(checked.uri) : undefined).toBe(endsAt);
      if (!checked.ok) return;
      for (const uri of [
        checked.uri,
        buildSuccessCallback(checked.uri, 'a.b.c'),
        buildFailureCallback(checked.uri, failureOf('USER_CANCELLATION')),
      ]) {
        expect(originOf(uri)).toBe(endsAt);
        expect(uri).toMatch(/^[\x21-\x7e]+$/);
        if (endsAt?.startsWith('https')) expect(new Set(hostsOf(uri)).size, uri).toBe(1);
      }
    },
  );
});

test('the sandbox takes other ports, and nothing else that production refuses', () => {
  const more = CORPUS.filter(({ address, endsAt }) => checkLaunchCallbackUri(address, sandbox).ok && !endsAt);
  for (const { address } of more) expect(new URL(address).hostname).toMatch(REGISTERED);
  expect(more.length).toBeGreaterThan(0);
});

test('of a Sessions call: the client says where, and what it says is where it ends; no trick moves it', () => {
  for (const { address } of CORPUS) {
    const checked = checkCallbackUri(address, production);
    if (!checked.ok) continue;
    const [host, ...others] = hostsOf(checked.uri);
    if (checked.uri.startsWith('https:')) for (const other of others) expect(other, address).toBe(host);
    expect(checked.uri).toMatch(/^(https:\/\/[a-z0-9[]|com\.example\.bank:)/);
  }
});

describe('whatever the address', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...'https://bank.example',
      '://',
      '//',
      '\\',
      '@',
      ':',
      '#',
      '?',
      '%2F',
      '%40',
      '%00',
      '\t',
      '\r\n',
      '。',
    ),
    fc.constantFrom(
      'https',
      'http',
      'javascript',
      'bank.example',
      'other.example',
      'app.bank.example',
      'localhost',
      '443',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  const address = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  const anything = fc.oneof(
    address,
    address.map((text) => `https://bank.example${text}`),
    fc.webUrl(),
    fc.string({ unit: 'binary' }),
  );

  test('it is refused, or leads to a registered host over https, or to the registered scheme; it never throws', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const checked = checkLaunchCallbackUri(text, production);
        if (!checked.ok) return;
        const url = new URL(checked.uri);
        if (url.protocol === 'com.example.bank:') return;
        expect(url.protocol).toBe('https:');
        expect(url.hostname).toMatch(REGISTERED);
        expect(url.username + url.password + url.hash).toBe('');
      }),
      { numRuns: 5000 },
    );
  });

  test('what is taken is taken again unchanged: there is one form, and it is its own', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const checked = checkCallbackUri(text, sandbox);
        if (checked.ok) expect(checkCallbackUri(checked.uri, sandbox)).toEqual(checked);
      }),
      { numRuns: 5000 },
    );
  });
});
