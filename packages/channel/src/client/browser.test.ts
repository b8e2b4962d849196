import { expect, test } from 'vitest';
import { BROWSER_COOKIE_NAME, buildBrowserCookie, readBrowserCookie, serializeBrowserCookie } from './browser.ts';

const value = 'A'.repeat(43);

test.each([
  ['alone', `${BROWSER_COOKIE_NAME}=${value}`, value],
  ['among others', `a=1; ${BROWSER_COOKIE_NAME}=${value};b=2`, value],
  ['not there', 'a=1', undefined],
  ['of a longer name', `x${BROWSER_COOKIE_NAME}=${value}`, undefined],
  ['twice', `${BROWSER_COOKIE_NAME}=${value}; ${BROWSER_COOKIE_NAME}=${value}`, undefined],
  ['without a value', BROWSER_COOKIE_NAME, undefined],
  ['no header', undefined, undefined],
])('the cookie in a Cookie header: %s', (_title, header, expected) => {
  expect(readBrowserCookie(header)).toBe(expected);
});

test('Set-Cookie meets what the __Host- prefix asks for (RFC 6265bis §4.1.3.2): Secure, Path=/, no Domain', () => {
  const header = serializeBrowserCookie(buildBrowserCookie(value));
  expect(header).toMatch(
    new RegExp(`^${BROWSER_COOKIE_NAME}=${value}; Path=/; Max-Age=[0-9]+; HttpOnly; Secure; SameSite=Lax$`),
  );
});
