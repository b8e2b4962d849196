import { describe, expect, test } from 'vitest';
import {
  BROWSER_COOKIE_NAME,
  buildBrowserCookie,
  readBrowserCookie,
  serializeBrowserCookie,
} from './browser-cookie.ts';

const value = 'A'.repeat(43);
const planted = 'B'.repeat(43);

test.each([
  ['alone', `${BROWSER_COOKIE_NAME}=${value}`, value],
  ['among others', `a=1; ${BROWSER_COOKIE_NAME}=${value};b=2`, value],
  ['not there', 'a=1', undefined],
  ['of a longer name', `x${BROWSER_COOKIE_NAME}=${value}`, undefined],
  ['twice', `${BROWSER_COOKIE_NAME}=${value}; ${BROWSER_COOKIE_NAME}=${value}`, undefined],
  ['without a value', BROWSER_COOKIE_NAME, undefined],
  ['no header', undefined, undefined],
  ['after a tab and before a space', `a=1;\t${BROWSER_COOKIE_NAME} = ${value} ; b=2`, value],
  ['percent-encoded', `${BROWSER_COOKIE_NAME}=${value.slice(1)}%41`, `${value.slice(1)}%41`],
])('the cookie in a Cookie header: %s', (_title, header, expected) => {
  expect(readBrowserCookie(header)).toBe(expected);
});

// RFC 6265bis §5.7 removes only SP and HTAB around a name. JavaScript's trim() also removes these characters.
describe.each(['\u00a0', '\u000b', '\u000c', '\ufeff'])('a name with %j beside it is another name', (mark) => {
  const other = `${mark}${BROWSER_COOKIE_NAME}=${planted}`;

  test('the right cookie is not there', () => {
    expect(readBrowserCookie(other)).toBeUndefined();
    expect(readBrowserCookie(`${BROWSER_COOKIE_NAME}${mark}=${planted}`)).toBeUndefined();
  });

  test('the right cookie, before it or after it, counts', () => {
    const right = `${BROWSER_COOKIE_NAME}=${value}`;
    expect(readBrowserCookie(`${right}; ${other}`)).toBe(value);
    expect(readBrowserCookie(`${other}; ${right}`)).toBe(value);
  });
});

test('of all characters, only a space, a tab and the semicolon before a pair leave the name as it is', () => {
  const around = Array.from({ length: 0x1_00_00 }, (_, unit) => String.fromCharCode(unit)).filter(
    (mark) => readBrowserCookie(`${mark}${BROWSER_COOKIE_NAME}=${planted}`) !== undefined,
  );
  expect(around).toEqual(['\t', ' ', ';']);
});

test('Set-Cookie meets what the __Host- prefix asks for (RFC 6265bis §4.1.3.2): Secure, Path=/, no Domain', () => {
  const header = serializeBrowserCookie(buildBrowserCookie(value));
  expect(header).toMatch(
    new RegExp(`^${BROWSER_COOKIE_NAME}=${value}; Path=/; Max-Age=[0-9]+; HttpOnly; Secure; SameSite=Lax$`),
  );
});
