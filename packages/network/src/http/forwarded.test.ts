import { expect, test } from 'vitest';
import { withoutPorts } from './forwarded.ts';

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
