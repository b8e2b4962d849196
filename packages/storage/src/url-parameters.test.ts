import { expect, test } from 'vitest';
import { findFaultOfParameters } from './url-parameters.ts';

const url = (query: string) => `postgres://me:secret@host.bank.example/database${query}`;

test.each([
  '',
  '?sslmode=verify-full&sslrootcert=/ca.pem',
  '?sslcert=/c.pem&sslkey=/k.pem',
  '?host=%2Frun%2Fpostgresql',
])('a URL with %s is taken', (query) => {
  expect(findFaultOfParameters(url(query))).toBeUndefined();
});

test.each([
  ['?sslcert=', /^has an empty parameter sslcert: give it the path/],
  ['?sslmode=verify-full&sslrootcert=', /^has an empty parameter sslrootcert/],
  ['?sslmode=', /^has an empty parameter sslmode/],
  ['?host=', /^has an empty parameter host/],
  ['?host=one.example&host=two.example', /^has the parameter host twice/],
  ['?sslmode=disable&sslmode=require', /^has the parameter sslmode twice/],
  ['?sslcert=/c.pem', /^has sslcert without sslkey/],
])('a URL with %s is refused, with what to do and no value', (query, fault) => {
  expect(findFaultOfParameters(url(query))).toMatch(fault);
  expect(findFaultOfParameters(url(query))).not.toMatch(/secret|host\.bank/);
});
