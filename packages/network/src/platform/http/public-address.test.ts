import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import { AddressNotAllowedError, assertHostAllowed, guardedLookup, isPublicAddress } from './public-address.ts';

test.each([
  ['loopback', ['127.0.0.1', '127.255.255.254', '::1']],
  ['this host, or no host', ['0.0.0.0', '0.1.2.3', '::']],
  ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1']],
  ['link-local, with the metadata services of clouds', ['169.254.169.254', 'fe80::1', 'fe80::a9fe:a9fe']],
  ['unique local, with the metadata service of AWS', ['fc00::1', 'fd00:ec2::254']],
  ['site-local, no longer in use', ['fec0::1']],
  ['shared (CGNAT), with the metadata service of Alibaba', ['100.64.0.1', '100.100.100.200', '100.127.255.255']],
  ['multicast and broadcast', ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1']],
  [
    'reserved, benchmarking, documentation',
    ['240.0.0.1', '198.18.0.1', '192.0.2.1', '203.0.113.1', '2001:db8::1', '192.0.0.1'],
  ],
  ['IPv4 in IPv6: mapped, compatible', ['::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:a00:1', '::7f00:1']],
  ['NAT64, 6to4, Teredo', ['64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::1', '2002:7f00:1::', '2001::1']],
  ['what is no address', ['', 'localhost', '0177.0.0.1', '127.1', '1.2.3.4.5', 'fe80::1%eth0']],
])('%s is not public', (_, addresses) => {
  expect(addresses.filter(isPublicAddress)).toEqual([]);
});

test('addresses of the internet are public', () => {
  const addresses = [
    '1.1.1.1',
    '93.184.215.14',
    '100.63.255.255',
    '172.32.0.1',
    '2606:4700:4700::1111',
    '2a00:1450::1',
  ];
  expect(addresses.filter((address) => !isPublicAddress(address))).toEqual([]);
});

function look(hostname: string, reach: Parameters<typeof guardedLookup>[0], found: readonly LookupAddress[]) {
  const resolver = (_: string, __: object, callback: (error: null, addresses: LookupAddress[]) => void) =>
    callback(null, [...found]);
  const lookup = guardedLookup(reach, resolver as Parameters<typeof guardedLookup>[1]); // only this overload is called
  return new Promise((resolve, reject) => {
    lookup(hostname, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)));
  });
}

const PUBLIC = { address: '93.184.215.14', family: 4 };

test('a name is looked up to its public addresses', async () => {
  expect(await look('bank.example', 'PUBLIC', [PUBLIC])).toEqual([PUBLIC]);
});

test.each(['127.0.0.1', '169.254.169.254', '::1', '10.0.0.1', '::ffff:10.0.0.1'])(
  'a name is refused if one of its addresses is %s',
  async (address) => {
    const found = [PUBLIC, { address, family: address.includes(':') ? 6 : 4 }];
    await expect(look('bank.example', 'PUBLIC', found)).rejects.toThrow(AddressNotAllowedError);
  },
);

test('a name without an address is refused', async () => {
  await expect(look('bank.example', 'PUBLIC', [])).rejects.toThrow(AddressNotAllowedError);
});

test('names of this machine are loopback: refused in production, reached in the sandbox', async () => {
  await expect(look('bank.localhost', 'PUBLIC', [PUBLIC])).rejects.toThrow(AddressNotAllowedError);
  expect(await look('bank.localhost', 'PUBLIC_AND_LOOPBACK', [])).toContainEqual({ address: '127.0.0.1', family: 4 });
  const other = [{ address: '10.0.0.1', family: 4 }];
  await expect(look('bank.example', 'PUBLIC_AND_LOOPBACK', other)).rejects.toThrow(AddressNotAllowedError);
});

test('a host that is an address is checked without a look-up', () => {
  expect(() => assertHostAllowed('169.254.169.254', 'PUBLIC_AND_LOOPBACK')).toThrow(AddressNotAllowedError);
  expect(() => assertHostAllowed('[::1]', 'PUBLIC')).toThrow(AddressNotAllowedError);
  expect(() => assertHostAllowed('[::1]', 'PUBLIC_AND_LOOPBACK')).not.toThrow();
  expect(() => assertHostAllowed('bank.example', 'PUBLIC')).not.toThrow();
});
