import { buildFailureCallback, buildSuccessCallback } from '@payment-passkeys/protocol';
import { describe, expect, it } from 'vitest';
import { hostOf, leadsTo, readReturnAddress } from './return-address.ts';

describe('a return address', () => {
  it.each([
    'https://bank.example/cb?state=1',
    'http://bank.localhost:4001/cb',
    'bankapp://passkeys?x=1',
    'com.example.bank:/done',
  ])('%s is one', (address) => expect(readReturnAddress(address)).toBe(address));

  it.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'blob:https://bank.example/1',
    'file:///etc/passwd',
    'about:blank',
    'vbscript:x',
    'view-source:https://bank.example/',
    'http://bank.example/',
    '//bank.example/',
    '/callback',
    'https://user@bank.example/',
    'https://bank.example/#x',
    '{{returnLink}}',
    '',
    undefined,
    null,
    7,
  ])('%j is none', (address) => expect(readReturnAddress(address)).toBeUndefined());
});

describe('a redirect', () => {
  it.each(['https://bank.example/cb?state=1', 'https://bank.example/', 'bankapp://done', 'com.example.bank:/done'])(
    'leads to %s when a result was written on it',
    (address) => {
      expect(leadsTo(buildSuccessCallback(address, 'a.b.c'), address)).toBe(true);
      expect(leadsTo(buildFailureCallback(address, { status: 'ERROR', reason: 'FORBIDDEN' }), address)).toBe(true);
    },
  );

  it.each([
    'https://other.example/cb?state=1',
    'https://bank.example:8443/cb',
    'https://bank.example/other',
    'http://bank.example/cb',
    'https://user@bank.example/cb',
    'https://bank.example/cb#x',
    'javascript:alert(1)',
    '/cb',
    '',
  ])('%j leads elsewhere', (redirect) => expect(leadsTo(redirect, 'https://bank.example/cb')).toBe(false));

  it('is called by its host where the bank has no name yet, an app by nothing', () => {
    expect(hostOf('https://bank.example/cb')).toBe('bank.example');
    expect(hostOf('bankapp://done')).toBeUndefined();
  });
});
