import { isIP } from 'node:net';
import proxyAddress from '@fastify/proxy-addr';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { trustProxies, withoutPorts } from './forwarded.ts';

test('of every peer and every address in the header the same is believed as by the list alone, also when it is asked again', () => {
  const entries = ['10.0.0.0/8', '::ffff:192.0.2.0/120', '2001:db8::/32', 'loopback'];
  const byList = proxyAddress.compile(entries);
  const remembering = trustProxies(entries);
  const near = [
    '10.0.0.1',
    '::ffff:10.0.0.1',
    '192.0.2.7',
    '127.0.0.1',
    '::1',
    '2001:db8::5',
    '198.51.100.1',
    'unknown',
  ];
  const address = fc.oneof(fc.constantFrom(...near), fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(address, fc.nat(2), (given, hop) => {
      for (const _ of [1, 2]) expect(remembering(given, hop)).toBe(byList(given, hop));
    }),
    { numRuns: 6000 },
  );
});

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['203.0.113.9:50001', '203.0.113.9'],
  ['2001:db8::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['[2001:DB8::1]:443', '2001:db8::1'],
  ['::ffff:203.0.113.9', '::ffff:203.0.113.9'],
  ['198.51.100.7:1 ,\t203.0.113.9:50001', '198.51.100.7, 203.0.113.9'],
  ['unknown', 'unknown'],
  ['203.0.113.9:99999', 'unknown'],
  ['203.0.113.999', 'unknown'],
  ['_hidden, 5555555555554444, 203.0.113.9', 'unknown, unknown, 203.0.113.9'],
  ['localhost:80', 'unknown'],
  ['0x7f.1', 'unknown'],
  ['', 'unknown'],
])('X-Forwarded-For %j names %j: addresses alone', (list, addresses) => expect(withoutPorts(list)).toBe(addresses));

test('whatever a header holds, a list of addresses comes of it, or of the word for none', () => {
  const port = fc.integer({ min: 0, max: 70_000 });
  const entry = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.tuple(fc.ipV4(), port).map(([address, number]) => `${address}:${number}`),
    fc.tuple(fc.ipV6(), port).map(([address, number]) => `[${address}]:${number}`),
    fc.ipV4(),
    fc.ipV6(),
  );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
      for (const address of withoutPorts(entries.join(', ')).split(', '))
        expect(address === 'unknown' || isIP(address) !== 0).toBe(true);
    }),
  );
});
