import { expect, test } from 'vitest';
import { findAddressProblem, isOfThisMachine } from './webhook-address.ts';

test.each([
  'https://bank.example/events',
  'https://bank.example:8443/events?tenant=1',
  'https://93.184.215.14/events',
  'https://[2606:4700:4700::1111]/events',
  'http://bank.localhost:4001/network/events',
  'http://127.0.0.1:4001/',
])('%s may be registered', (uri) => expect(findAddressProblem(uri)).toBeUndefined());

test.each([
  ['http://bank.example/events', 'is not https'],
  ['ftp://bank.example/events', 'is not https'],
  ['http://10.0.0.1/events', 'is not https'],
  ['https://user@bank.example/', 'has user info: a webhook is verified by its signature'],
  ['https://:secret@bank.example/', 'has user info: a webhook is verified by its signature'],
  ['https://bank.example/#events', 'has a fragment, which is never sent'],
  ['https://bank.example:22/', 'has a port below 1024 other than 443'],
  ['https://bank.example:80/', 'has a port below 1024 other than 443'],
  ['https://bank.example:1023/', 'has a port below 1024 other than 443'],
  ['https://', 'is no address'],
])('%s is refused: it %s', (uri, problem) => expect(findAddressProblem(uri)).toBe(problem));

test.each([
  'https://10.1.2.3/',
  'https://169.254.169.254/latest/meta-data/',
  'https://0x0a000001/',
  'https://167772161/',
  'https://[fd00::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://intranet/',
  'https://events.bank.internal/',
  'https://printer.local/',
  'https://events.corp./',
])('%s is refused: its host is private', (uri) => expect(findAddressProblem(uri)).toMatch(/^has a private host/));

test('loopback in every spelling is of this machine, which production refuses', () => {
  const uris = [
    'http://localhost:4001/',
    'https://bank.localhost/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://[::1]/',
  ];
  expect(uris.filter((uri) => !isOfThisMachine(uri))).toEqual([]);
  expect(isOfThisMachine('https://bank.example/')).toBe(false);
});
