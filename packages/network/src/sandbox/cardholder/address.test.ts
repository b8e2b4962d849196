import { describe, expect, test } from 'vitest';
import { readAddress } from './address.ts';

const NETWORK = 'http://verify.localhost:4000';

describe('an address of the network', () => {
  test('the launch address', () => {
    expect(readAddress(`${NETWORK}/auth/passkeys?clientId=bank&authenticationSessionId=a#token`, NETWORK)).toEqual({
      kind: 'LAUNCH',
      launch: { clientId: 'bank', authenticationSessionId: 'a', accessToken: 'token' },
    });
  });

  test("the way back from the card's issuer", () => {
    const path = '/auth/verification?response=a.b.c';
    expect(readAddress(NETWORK + path, NETWORK)).toEqual({ kind: 'WAY_BACK', path });
  });
});

test.each([
  'https://other.example/auth/passkeys#token',
  'http://verify.localhost:4001/auth/passkeys#token',
  'http://verify.localhost:4000@other.example/auth/passkeys',
  `${NETWORK}/auth/passkeys/manage`,
  `${NETWORK}/`,
  'no address',
])('%s is refused, and the message says what to send', (uri) => {
  expect(() => readAddress(uri, NETWORK)).toThrow(
    expect.objectContaining({
      faults: [
        expect.objectContaining({
          code: 'INVALID_FIELD',
          pointer: '/uri',
          message: expect.stringContaining('/auth/passkeys'),
        }),
      ],
    }),
  );
});
