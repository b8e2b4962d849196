/** Errors about a key set name its address, and the clock when that is the cause. */

import {
  buildEncryptionKeySet,
  buildSigningKeySet,
  type EncryptionKey,
  generateEncryptionKey,
  generateSigningKey,
  type SigningKey,
} from '@payment-passkeys/channel';
import { beforeAll, describe, expect, test } from 'vitest';
import type { NetworkClient } from './network-client.ts';
import { chooseEncryptionKey, publishedKeys } from './published-keys.ts';

const URL_OF_SET = 'https://verify.example/keys/encryption';
const MADE = new Date('2026-11-24T10:00:00.000Z');

let encryption: EncryptionKey;
let signing: SigningKey;
beforeAll(async () => {
  const notAfter = new Date('2027-11-24T10:00:00.000Z');
  encryption = await generateEncryptionKey({ name: 'enc-1', subject: 'CN=verify', notBefore: MADE, notAfter });
  signing = await generateSigningKey();
});

/** A network that answers this key set. `secondsAhead`: how far this machine's clock is ahead, by the network's Date header. */
function sourceOf(set: unknown, { now = MADE, secondsAhead = 0 } = {}) {
  const client: NetworkClient = {
    get: async () => set,
    sendSigned: () => Promise.reject(new Error('not called')),
    clockAhead: (_url, tolerance) => (Math.abs(secondsAhead) > tolerance ? secondsAhead : undefined),
    close: async () => {},
  };
  return { client, url: URL_OF_SET, clock: () => now };
}

async function failureOf(
  source: ReturnType<typeof sourceOf> & { readonly audience?: { option: string; value: string } },
) {
  try {
    return chooseEncryptionKey(await publishedKeys(source).current({ deadline: MADE }), source);
  } catch (error) {
    return error;
  }
}

describe('a key to encrypt to', () => {
  const set = () => buildEncryptionKeySet([encryption]);

  test('is chosen', async () => {
    expect(await failureOf(sourceOf(set()))).toMatchObject({ kid: 'enc-1' });
  });

  test.each([
    ['ten minutes behind, so that a new certificate is not valid yet', -600, '600 s behind'],
    ['more than a year ahead, so that none is valid any more', 400 * 86_400, '34560000 s ahead of'],
  ])('a clock that is %s is named', async (_title, secondsAhead, named) => {
    const now = new Date(MADE.getTime() + secondsAhead * 1000);
    const error = await failureOf(sourceOf(set(), { now, secondsAhead }));
    expect(error).toMatchObject({ code: 'NETWORK_ANSWER_INVALID' });
    expect(String(error)).toContain(URL_OF_SET);
    expect(String(error)).toContain(`this machine's clock is ${named} the network's`);
  });

  test('a set without one is named, and no clock blamed', async () => {
    const error = await failureOf(sourceOf(buildSigningKeySet([signing]), { secondsAhead: -600 }));
    expect(String(error)).toContain(`${URL_OF_SET}, none of its keys is`);
    expect(String(error)).not.toContain('clock');
  });

  test('what is no key set is named', async () => {
    expect(await failureOf(sourceOf(['keys']))).toMatchObject({ message: `the key set ${URL_OF_SET} cannot be read` });
  });
});

describe("the audience that a network publishes beside its keys is the host's", () => {
  const audience = { option: 'proof.audience', value: 'https://verify.example' };
  const published = (value: unknown) => ({
    ...sourceOf({ ...buildEncryptionKeySet([encryption]), audience: value }),
    audience,
  });

  test('the same one, none, and what is no text are taken', async () => {
    for (const value of ['https://verify.example', undefined, null, 5]) {
      expect(await failureOf(published(value))).toMatchObject({ kid: 'enc-1' });
    }
  });

  test('another one is INVALID_OPTIONS, with both', async () => {
    expect(await failureOf(published('https://pay.example'))).toMatchObject({
      code: 'INVALID_OPTIONS',
      message: `proof.audience is https://verify.example, and the network's proofs are for https://pay.example, as ${URL_OF_SET} says`,
    });
  });
});
