import { expect, test } from 'vitest';
import { findFaultOfProxies } from './trust-proxy.ts';

const halves = ['0.0.0.0/1', '128.0.0.0/1'];
const sixteenths = Array.from({ length: 16 }, (_, n) => `${n * 16}.0.0.0/4`);

test.each([
  [['10.0.0.0/8', '2001:db8::1', 'loopback']],
  [['10.0.0.1/8', '10.1.0.0/16', '10.0.0.0/8']], // ranges that contain each other
  [['16.0.0.0/4']],
  [['::ffff:10.0.0.1', '::ffff:10.0.0.0/104']],
  [['fd00::/8', 'uniquelocal', 'linklocal']],
])('%s are proxies', (entries) => {
  expect(findFaultOfProxies(entries)).toBeUndefined();
});

test.each([
  [4, ['0.0.0.0/0']],
  [4, halves],
  [4, sixteenths],
  [4, ['0.0.0.0/1']],
  [4, ['10.0.0.0/8', '64.0.0.0/3']],
  [4, ['::ffff:0.0.0.0/96']],
  [4, ['::ffff:0:0/97', '128.0.0.0/1']],
  [6, ['::/0']],
  [6, ['::/1', '8000::/1']],
  [6, ['2000::/3']],
] as const)(
  'IPv%i, %s: more than a sixteenth of all addresses is refused, in one network or added up',
  (version, entries) => {
    expect(findFaultOfProxies(entries)).toMatch(`more than a sixteenth of all IPv${version} addresses`);
  },
);

test.each([
  'true',
  '1',
  '255',
  'proxy.network.example',
  '10.0.0.0/8/8',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/',
  '*',
  '10.1',
  '0x7f.0.0.1',
  'fe80::1%eth0',
  '',
])('"%s" is no network: neither a number of hops, nor a name', (entry) => {
  expect(findFaultOfProxies([entry])).toMatch(/^has to be a list of addresses, networks/);
});
