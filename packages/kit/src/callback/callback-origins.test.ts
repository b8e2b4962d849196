import { describe, expect, test } from 'vitest';
import { readCallbackOrigins } from './callback-origins.ts';

const STATE = 'S'.repeat(43);

function refusalOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

describe('callbackOrigins', () => {
  test.each([
    ['an empty list', []],
    ['a path', ['https://bank.example/callback']],
    ['a trailing slash', ['https://bank.example/']],
    ['a spelled-out default port', ['https://bank.example:443']],
    ['plain http', ['http://bank.example']],
    ['a wildcard', ['https://*.bank.example', '*']],
    ['a host', ['bank.example:4000']],
    ['a scheme without a dot', ['mybank']],
    ['a scheme that browsers give a meaning', ['javascript']],
    ['an empty entry beside a right one', ['https://bank.example', '']],
  ])('%s is refused at construction', (_title, entries) => {
    expect(refusalOf(() => readCallbackOrigins(entries))).toBe('INVALID_OPTIONS');
  });

  test('http is taken for localhost and below it', () => {
    expect(() => readCallbackOrigins(['http://localhost:4001', 'http://bank.localhost:4001'])).not.toThrow();
  });
});

describe('withState', () => {
  const origins = readCallbackOrigins(['https://bank.example', 'example.bank.app']);

  test.each([
    ['https://bank.example/cb', `https://bank.example/cb?state=${STATE}`],
    ['https://bank.example/cb?channel=web', `https://bank.example/cb?channel=web&state=${STATE}`],
    ['https://bank.example/cb?', `https://bank.example/cb?state=${STATE}`],
    ['HTTPS://BANK.example:443/cb', `https://bank.example/cb?state=${STATE}`],
    ['https://bank.example', `https://bank.example/?state=${STATE}`],
    ['example.bank.app:/cb', `example.bank.app:/cb?state=${STATE}`],
    ['example.bank.app://cb/x', `example.bank.app://cb/x?state=${STATE}`],
  ])('%s', (callbackUri, expected) => {
    expect(origins.withState(callbackUri, STATE)).toBe(expected);
  });

  test.each([
    'https://bank.example.evil.example/cb',
    'https://evil.example/cb',
    'https://bank.example:8443/cb',
    'http://bank.example/cb',
    'https://bank.example@evil.example/cb',
    'https://evil.example\\@bank.example/cb',
    'https:bank.example/cb',
    '//bank.example/cb',
    'other.bank.app:/cb',
    'javascript:alert(1)',
    'https://bank.example/cb?state=x',
    'https://bank.example/cb?reason=x',
    'https://bank.example/cb#x',
    `https://bank.example/cb?long=${'x'.repeat(2000)}`,
  ])('%s is refused', (callbackUri) => {
    expect(refusalOf(() => origins.withState(callbackUri, STATE))).toBe('CALLBACK_NOT_ALLOWED');
  });
});
