import { expect, test } from 'vitest';
import { showTarget } from './mask.ts';

const SESSION = '/authentication/sessions/:authenticationSessionId';

test.each([
  ['/authentication/sessions', '/authentication/sessions', '/authentication/sessions', ''],
  ['/authentication/sessions/dGhpcyBpcyBhIHNlc3Npb24', SESSION, '/authentication/sessions/dGhpcyBpcyBhIHNlc3Npb24', ''],
  ['/authentication/sessions/5555555555554444', SESSION, '/authentication/sessions/*', ''],
  ['/authentication/sessions/5555555555554444555555', SESSION, '/authentication/sessions/*', ''],
  ['/authentication/session', undefined, '/authentication/session', ''],
  ['/avery@mail.example/dGhpcyBpcyBhIHNlc3Npb24', undefined, '/*/*', ''],
  ['/authentication/events?limit=5&after=x', '/authentication/events', '/authentication/events', 'limit=*&after=*'],
  ['/e?pan=5555555555554444&5555555555554444=1&plain', '/e', '/e', 'pan=*&*=*&plain'],
  ['/%35%35%35?a%40b.c=1', undefined, '/*', '*=*'],
])('of %s is shown', (target, route, path, search) => {
  const shown = showTarget(target, route);
  expect([shown.path, shown.search]).toEqual([path, search]);
  expect(shown.masked).toBe(target !== path + (search && `?${search}`));
});
