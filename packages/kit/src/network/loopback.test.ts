import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import { lookupWithLocalhost } from './loopback.ts';

function lookUp(hostname: string, all: boolean): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookupWithLocalhost(hostname, { all }, (error, address, family) => {
      if (error) reject(error);
      else resolve(typeof address === 'string' ? [{ address, family: family ?? 0 }] : address);
    });
  });
}

test.each(['localhost', 'verify.localhost', 'VERIFY.LOCALHOST', 'a.b.localhost'])(
  'RFC 6761 §6.3: %s is this machine',
  async (hostname) => {
    expect(await lookUp(hostname, false)).toEqual([{ address: '127.0.0.1', family: 4 }]);
    expect(await lookUp(hostname, true)).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  },
);

test('any other name is left to the system, also one that only ends like it', async () => {
  await expect(lookUp('notlocalhost.invalid', false)).rejects.toThrow();
  await expect(lookUp('localhost.invalid', true)).rejects.toThrow();
});
