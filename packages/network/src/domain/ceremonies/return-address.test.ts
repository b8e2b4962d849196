import { expect, test } from 'vitest';
import { type ReturnRules, resolveReturnAddress } from './return-address.ts';

const RULES: ReturnRules = {
  mode: 'production',
  callbackDomains: ['bank.example', '*.bank.example'],
  callbackSchemes: ['com.example.bank'],
};
const SESSION = 'https://bank.example/of-session';
const LAUNCH = 'https://www.bank.example/of-launch';

test("the session's own wins when both are given", () => {
  expect(resolveReturnAddress(SESSION, LAUNCH, RULES)).toEqual({ ok: true, uri: SESSION });
  expect(resolveReturnAddress(SESSION, 'https://other.example/', RULES)).toEqual({ ok: true, uri: SESSION });
  expect(resolveReturnAddress(SESSION, undefined, undefined)).toEqual({ ok: true, uri: SESSION });
});

test("the launch's is taken when its host is on the client's allow-list", () => {
  expect(resolveReturnAddress(null, LAUNCH, RULES)).toEqual({ ok: true, uri: LAUNCH });
  expect(resolveReturnAddress(undefined, LAUNCH, RULES)).toEqual({ ok: true, uri: LAUNCH });
});

test.each([
  [undefined, RULES, 'CALLBACK_MISSING'],
  ['', RULES, 'CALLBACK_MISSING'],
  ['https://other.example/', RULES, 'CALLBACK_NOT_ALLOWED'],
  ['https://bank.example.other.example/', RULES, 'CALLBACK_NOT_ALLOWED'],
  ['https://bank.example:8443/', RULES, 'CALLBACK_NOT_ALLOWED'],
  ['javascript:alert(1)', RULES, 'CALLBACK_INVALID'],
  ['http://bank.example/', RULES, 'CALLBACK_INVALID'],
  ['https://bank.example/?status=ENROLLED', RULES, 'CALLBACK_INVALID'],
  [LAUNCH, undefined, 'CALLBACK_NOT_ALLOWED'],
] as const)('%j is never gone to: %#', (launch, rules, code) => {
  expect(resolveReturnAddress(null, launch, rules)).toEqual({ ok: false, code });
});
