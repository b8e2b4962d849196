import { describe, expect, test } from 'vitest';
import {
  buildFailureCallback,
  buildSuccessCallback,
  type CallbackRefusal,
  checkCallbackUri,
  checkLaunchCallbackUri,
  isLocalhost,
  readCallback,
} from './callback.ts';
import { failureOf, REASONS } from './outcomes.ts';

const production = { mode: 'production', registeredSchemes: ['com.example.bank', 'javascript', 'DATA'] } as const;
const sandbox = { ...production, mode: 'sandbox' } as const;

describe('a callbackUri of the Sessions call', () => {
  test.each([
    'https://bank.example/passkeys/callback',
    'https://bank.example/passkeys/callback?state=a%20b&next=%2Fcards',
    'https://bank.example',
    'https://bank.example:8443/',
    'https://xn--bnk-qla.example/cb',
    'https://203.0.113.7/cb',
    'https://[2001:db8::1]/cb',
    'https://bank.example/cb?url=https://other.example/',
    'https://bank.example/cb?Status=x&statuses=y&my.reason=z',
    'https://bank.example//twice',
    'com.example.bank:/passkeys',
    'com.example.bank://passkeys?state=1',
    'COM.EXAMPLE.BANK:passkeys',
  ])('%s is taken', (text) => {
    expect(checkCallbackUri(text, production)).toEqual({ ok: true, uri: new URL(text).href });
  });

  test('its one WHATWG form is what is kept: what was checked is what is gone to', () => {
    expect(checkCallbackUri('HTTPS://BANK.example:443/a/../b/./%7e?q#'.replace('#', ''), production)).toEqual({
      ok: true,
      uri: 'https://bank.example/b/%7e?q',
    });
    expect(checkCallbackUri('https://bank%2Eexample/', production)).toEqual({ ok: true, uri: 'https://bank.example/' });
  });

  const hostile: readonly (readonly [string, CallbackRefusal])[] = [
    // not absolute, or absolute only for a lenient parser
    ['', 'NOT_ABSOLUTE'],
    ['/passkeys/callback', 'NOT_ABSOLUTE'],
    ['//bank.example/cb', 'NOT_ABSOLUTE'],
    ['bank.example/cb', 'NOT_ABSOLUTE'],
    ['https:', 'NOT_ABSOLUTE'],
    ['https://', 'NOT_ABSOLUTE'],
    ['https:///bank.example/cb', 'NOT_ABSOLUTE'],
    ['https:/bank.example/cb', 'NOT_ABSOLUTE'],
    ['https:bank.example/cb', 'NOT_ABSOLUTE'],
    ['http:/localhost/cb', 'NOT_ABSOLUTE'],
    ['https://?state=1', 'NOT_ABSOLUTE'],
    ['https://bank.example:65536/', 'NOT_ABSOLUTE'],
    ['https://bank.example:port/', 'NOT_ABSOLUTE'],
    ['https://bank..example:80:80/', 'NOT_ABSOLUTE'],
    ['https://[::1/', 'NOT_ABSOLUTE'],
    ['https://256.256.256.256/', 'NOT_ABSOLUTE'],
    ['https://bank.example%00.other.example/', 'NOT_ABSOLUTE'],
    ['https://bank.example%2f.other.example/', 'NOT_ABSOLUTE'],
    // characters that parsers drop, trim or rewrite
    [' https://bank.example/', 'NOT_ABSOLUTE'],
    ['https://bank.example/ ', 'NOT_ABSOLUTE'],
    ['https://bank.example/a b', 'NOT_ABSOLUTE'],
    ['https://bank.example/\t', 'NOT_ABSOLUTE'],
    ['ht\ntps://bank.example/', 'NOT_ABSOLUTE'],
    ['java\tscript:alert(1)', 'NOT_ABSOLUTE'],
    ['\u0001javascript:alert(1)', 'NOT_ABSOLUTE'],
    ['https://bank.example/cb\r\nSet-Cookie: a=b', 'NOT_ABSOLUTE'],
    ['https://bank.example/\0', 'NOT_ABSOLUTE'],
    ['https:\\\\bank.example\\cb', 'NOT_ABSOLUTE'],
    ['https://bank.example\\@other.example/', 'NOT_ABSOLUTE'],
    ['https://other.example\\.bank.example/', 'NOT_ABSOLUTE'],
    ['https://bänk.example/', 'NOT_ABSOLUTE'],
    ['https://bank。example/', 'NOT_ABSOLUTE'],
    ['https://bank.example\uff0fcb', 'NOT_ABSOLUTE'],
    ['https://bank.example/é', 'NOT_ABSOLUTE'],
    ['https://ba\u00adnk.example/', 'NOT_ABSOLUTE'],
    // schemes
    ['http://bank.example/cb', 'SCHEME_NOT_ALLOWED'],
    ['HTTP://bank.example/cb', 'SCHEME_NOT_ALLOWED'],
    ['http://localhost/cb', 'SCHEME_NOT_ALLOWED'],
    ['javascript:alert(1)', 'SCHEME_NOT_ALLOWED'],
    ['JavaScript://bank.example/%0aalert(1)', 'SCHEME_NOT_ALLOWED'],
    ['data:text/html,x', 'SCHEME_NOT_ALLOWED'],
    ['blob:https://bank.example/1', 'SCHEME_NOT_ALLOWED'],
    ['file:///etc/passwd', 'SCHEME_NOT_ALLOWED'],
    ['about:blank', 'SCHEME_NOT_ALLOWED'],
    ['vbscript:x', 'SCHEME_NOT_ALLOWED'],
    ['view-source:https://bank.example/', 'SCHEME_NOT_ALLOWED'],
    ['ftp://bank.example/', 'SCHEME_NOT_ALLOWED'],
    ['wss://bank.example/', 'SCHEME_NOT_ALLOWED'],
    ['com.example.other:/cb', 'SCHEME_NOT_ALLOWED'],
    ['com.example.bank2:/cb', 'SCHEME_NOT_ALLOWED'],
    ['com.example:/cb', 'SCHEME_NOT_ALLOWED'],
    // user info, also if it is empty
    ['https://user@bank.example/', 'HAS_USER_INFO'],
    ['https://user:secret@bank.example/', 'HAS_USER_INFO'],
    ['https://@bank.example/', 'HAS_USER_INFO'],
    ['https://:@bank.example/', 'HAS_USER_INFO'],
    ['https://bank.example@other.example/', 'HAS_USER_INFO'],
    ['https://bank.example%40other.example@third.example/', 'HAS_USER_INFO'],
    ['com.example.bank://user@cb', 'HAS_USER_INFO'],
    // fragments
    ['https://bank.example/#', 'HAS_FRAGMENT'],
    ['https://bank.example/#top', 'HAS_FRAGMENT'],
    ['https://bank.example/?a=1#?status=ENROLLED', 'HAS_FRAGMENT'],
    ['com.example.bank:/cb#x', 'HAS_FRAGMENT'],
    // parameters that the network adds
    ['https://bank.example/?status=ENROLLED', 'HAS_RESERVED_PARAMETER'],
    ['https://bank.example/?status', 'HAS_RESERVED_PARAMETER'],
    ['https://bank.example/?state=1&reason=', 'HAS_RESERVED_PARAMETER'],
    ['https://bank.example/?proofOfAuthentication=x', 'HAS_RESERVED_PARAMETER'],
    ['https://bank.example/?%73tatus=ENROLLED', 'HAS_RESERVED_PARAMETER'],
    ['https://bank.example/?st%61tus=1', 'HAS_RESERVED_PARAMETER'],
    ['https://bank.example/?proofOf%41uthentication=x', 'HAS_RESERVED_PARAMETER'],
    ['https://bank.example/?a&&status=1', 'HAS_RESERVED_PARAMETER'],
    ['com.example.bank:cb?status=ENROLLED', 'HAS_RESERVED_PARAMETER'],
    // length, before and after normalisation
    [`https://bank.example/${'a'.repeat(2048)}`, 'TOO_LONG'],
    [`https://bank.example/?${"'".repeat(900)}`, 'TOO_LONG'],
  ];
  test.each(hostile)('%j is refused: %s', (text, refusal) => {
    expect(checkCallbackUri(text, production)).toEqual({ ok: false, refusal });
  });

  test('at most 2,048 characters', () => {
    const text = `https://bank.example/${'a'.repeat(2048 - 'https://bank.example/'.length)}`;
    expect(checkCallbackUri(text, production)).toEqual({ ok: true, uri: text });
    expect(checkCallbackUri(`${text}a`, production)).toEqual({ ok: false, refusal: 'TOO_LONG' });
  });

  test('http is taken for localhost and what is below it, in sandbox mode only', () => {
    for (const text of ['http://localhost:4001/cb', 'http://bank.localhost:4001/cb', 'http://a.b.localhost/']) {
      expect(checkCallbackUri(text, sandbox)).toEqual({ ok: true, uri: text });
      expect(checkCallbackUri(text, production)).toEqual({ ok: false, refusal: 'SCHEME_NOT_ALLOWED' });
    }
    for (const text of [
      'http://localhost.example/',
      'http://notlocalhost/',
      'http://localhost./',
      'http://127.0.0.1/',
      'http://[::1]/',
    ]) {
      expect(checkCallbackUri(text, sandbox), text).toEqual({ ok: false, refusal: 'SCHEME_NOT_ALLOWED' });
    }
  });

  test('a scheme that a browser gives a meaning of its own is refused even where it was registered', () => {
    const registeredSchemes = ['javascript', 'data', 'blob', 'file', 'about', 'vbscript', 'filesystem', 'view-source'];
    for (const scheme of registeredSchemes) {
      expect(checkCallbackUri(`${scheme}:x`, { mode: 'sandbox', registeredSchemes }), scheme).toEqual({
        ok: false,
        refusal: 'SCHEME_NOT_ALLOWED',
      });
    }
  });
});

describe('a callbackUri of the launch', () => {
  const allowList = (callbackDomains: readonly string[], mode: 'sandbox' | 'production' = 'production') => ({
    mode,
    registeredSchemes: ['com.example.bank'],
    callbackDomains,
  });

  test.each([
    [['bank.example'], 'https://bank.example/cb'],
    [['bank.example'], 'https://BANK.EXAMPLE:443/cb'],
    [['bank.example:443'], 'https://bank.example/cb'],
    [['bank.example:8443'], 'https://bank.example:8443/cb'],
    [['*.bank.example'], 'https://www.bank.example/cb'],
    [['*.bank.example'], 'https://a.b.bank.example/cb'],
    [['*.bank.example:8443'], 'https://www.bank.example:8443/cb'],
    [['other.example', 'bank.example'], 'https://bank.example/cb'],
  ])('with %j, %s is taken', (domains, text) => {
    expect(checkLaunchCallbackUri(text, allowList(domains))).toEqual({ ok: true, uri: new URL(text).href });
  });

  test.each([
    [[], 'https://bank.example/'],
    [['bank.example'], 'https://www.bank.example/'],
    [['bank.example'], 'https://bank.example.other.example/'],
    [['bank.example'], 'https://otherbank.example/'],
    [['bank.example'], 'https://bank.example./'],
    [['bank.example'], 'https://bank.example:8443/'],
    [['bank.example:8443'], 'https://bank.example/'],
    [['bank.example:8443'], 'https://bank.example:8444/'],
    [['*.bank.example'], 'https://bank.example/'],
    [['*.bank.example'], 'https://.bank.example/'],
    [['*.bank.example'], 'https://otherbank.example/'],
    [['*.bank.example'], 'https://www.bank.example.other.example/'],
    [['*.bank.example'], 'https://www.bank.example:8443/'],
    [['*.bank.example'], 'https://other.example/.bank.example/'],
    [['*.bank.example'], 'https://other.example/?.bank.example'],
    [['bank.example'], 'com.example.bank:/cb'],
    [['bank.example'], 'com.example.bank:bank.example'],
    [[''], 'com.example.bank:/cb'],
  ])('with %j, %s is refused', (domains, text) => {
    expect(checkLaunchCallbackUri(text, allowList(domains))).toEqual({ ok: false, refusal: 'HOST_NOT_ALLOWED' });
  });

  test('any port is taken in sandbox mode', () => {
    const text = 'http://bank.localhost:4001/cb';
    expect(checkLaunchCallbackUri(text, allowList(['bank.localhost'], 'sandbox'))).toEqual({ ok: true, uri: text });
  });

  test('everything that is asked of a callbackUri of the session is asked of it too', () => {
    const rules = allowList(['bank.example', '*.bank.example']);
    expect(checkLaunchCallbackUri('http://bank.example/', rules)).toEqual({ ok: false, refusal: 'SCHEME_NOT_ALLOWED' });
    expect(checkLaunchCallbackUri('https://u@bank.example/', rules)).toEqual({ ok: false, refusal: 'HAS_USER_INFO' });
    expect(checkLaunchCallbackUri('https://bank.example/?status=1', rules)).toEqual({
      ok: false,
      refusal: 'HAS_RESERVED_PARAMETER',
    });
    expect(checkLaunchCallbackUri('https://other.example\\.bank.example/', rules)).toEqual({
      ok: false,
      refusal: 'NOT_ABSOLUTE',
    });
  });
});

test('localhost is localhost and everything below it (RFC 6761 §6.3)', () => {
  expect(['localhost', 'bank.localhost', 'a.b.localhost'].every(isLocalhost)).toBe(true);
  expect(['localhost.example', 'mylocalhost', '', 'localhost.', '127.0.0.1'].some(isLocalhost)).toBe(false);
});

describe('the callback that is gone to', () => {
  test.each([
    ['https://bank.example/cb', 'https://bank.example/cb?status=ENROLLED&proofOfAuthentication=a.b.c'],
    ['https://bank.example/cb?', 'https://bank.example/cb?status=ENROLLED&proofOfAuthentication=a.b.c'],
    ['https://bank.example/cb?a=1', 'https://bank.example/cb?a=1&status=ENROLLED&proofOfAuthentication=a.b.c'],
    ['https://bank.example/cb?a=1&', 'https://bank.example/cb?a=1&status=ENROLLED&proofOfAuthentication=a.b.c'],
    ['com.example.bank:/cb', 'com.example.bank:/cb?status=ENROLLED&proofOfAuthentication=a.b.c'],
  ])('%s keeps what the client wrote, and ours is appended', (uri, expected) => {
    expect(buildSuccessCallback(uri, 'a.b.c')).toBe(expected);
  });

  test("the client's own parameters keep their spelling to the letter", () => {
    const uri = "https://bank.example/cb?a=%7e+b&b=%2F&'=;&c";
    expect(buildFailureCallback(uri, failureOf('NOT_FOUND'))).toBe(`${uri}&status=ERROR&reason=NOT_FOUND`);
  });

  test.each(REASONS)('%s is written with its status and read back', (reason) => {
    const failure = failureOf(reason);
    const callback = new URL(buildFailureCallback('https://bank.example/cb?state=1', failure));
    expect(readCallback(callback.searchParams)).toEqual(failure);
    expect(callback.searchParams.get('state')).toBe('1');
  });

  test.each(['h-_.p.s', 'a&status=ERROR', 'a b+c%20#d', 'é\n'])(
    'the proof %j is read back as it was written',
    (proof) => {
      const callback = new URL(buildSuccessCallback('https://bank.example/cb', proof));
      expect(readCallback(callback.searchParams)).toEqual({ status: 'ENROLLED', proofOfAuthentication: proof });
    },
  );

  test.each([
    '',
    'status=ENROLLED',
    'status=ENROLLED&proofOfAuthentication=',
    'status=enrolled&proofOfAuthentication=a.b.c',
    'status=ENROLLED&status=ENROLLED&proofOfAuthentication=a.b.c',
    'status=ENROLLED&proofOfAuthentication=a.b.c&proofOfAuthentication=d.e.f',
    'status=CANCELLED',
    'status=CANCELLED&reason=',
    'status=ERROR&reason=NO_SUCH_REASON',
    'status=ERROR&reason=toString',
    'status=ERROR&reason=NOT_FOUND&reason=NOT_FOUND',
    'status=ERROR&status=CANCELLED&reason=NOT_FOUND',
    'status=DONE&reason=NOT_FOUND',
    'reason=NOT_FOUND',
  ])('%j is no result', (query) => {
    expect(readCallback(new URLSearchParams(query))).toBeUndefined();
  });
});
