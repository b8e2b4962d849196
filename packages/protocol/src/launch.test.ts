import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildLaunchUrl, readLaunchUrl } from './launch.ts';

const launch = {
  clientId: 'test-bank',
  authenticationSessionId: 'A'.repeat(32),
  clientSessionId: '86bd4a91-1f6e-4a57-9d1c-9a1c6f3e2b10',
  accessToken: 'T'.repeat(43),
};

describe('the launch URL', () => {
  test('names the session in its query and holds the token in its fragment only', () => {
    expect(buildLaunchUrl('https://verify.network.example', launch)).toBe(
      `https://verify.network.example/auth/passkeys?clientId=test-bank&authenticationSessionId=${'A'.repeat(32)}` +
        `&clientSessionId=86bd4a91-1f6e-4a57-9d1c-9a1c6f3e2b10#${'T'.repeat(43)}`,
    );
  });

  test('is read back as it was built, with what a client may add', () => {
    const url = new URL(buildLaunchUrl('http://verify.localhost:4000', launch));
    url.searchParams.set('callbackUri', 'https://bank.example/cb?a=b&c=d');
    url.searchParams.set('complianceSettings', 'e30');
    url.searchParams.set('locale', 'pt-BR');
    expect(readLaunchUrl(url.href)).toEqual({
      ...launch,
      callbackUri: 'https://bank.example/cb?a=b&c=d',
      complianceSettings: 'e30',
      locale: 'pt-BR',
    });
  });

  test.each([
    ['http://verify.localhost/auth/passkeys', {}],
    ['http://verify.localhost/auth/passkeys#', {}],
    ['http://verify.localhost/auth/passkeys?clientId=&locale=#t', { accessToken: 't' }],
    ['http://verify.localhost/auth/passkeys?clientId=a&clientId=b', { clientId: 'a' }],
    ['http://verify.localhost/auth/passkeys?accessToken=t&other=1', {}],
  ])('%s: empty is missing, the first of a repeated one counts, the rest is ignored', (href, expected) => {
    expect(readLaunchUrl(href)).toEqual(expected);
  });

  test('never throws, whatever stands behind the path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        readLaunchUrl(`http://verify.localhost/auth/passkeys?${text}`);
        readLaunchUrl(`http://verify.localhost/auth/passkeys#${text}`);
      }),
    );
  });
});
