import { expect, test } from 'vitest';
import { pathAndQuery } from './request-target.ts';

test.each([
  ['/authentication/sessions', '/authentication/sessions'],
  ['/a?b=http://c.example/d', '/a?b=http://c.example/d'],
  ['https://verify.example/authentication/sessions?a=%20b', '/authentication/sessions?a=%20b'],
  ['HTTP://VERIFY.example:80/a', '/a'],
  ['http://verify.example', '/'],
  ['http://verify.example?a=1', '/?a=1'],
  ['http://[::1]:4000//a', '//a'],
  ['*', '*'],
])('of the target %s the path and query are %s (RFC 9112 §3.2)', (target, expected) =>
  expect(pathAndQuery(target)).toBe(expected),
);
