/** The catalogue of sentences knows every code that a step may have. */
import { REASONS } from '@payment-passkeys/protocol';
import { explain, REASON_TEXTS, REFUSAL_TEXTS } from '@payment-passkeys/protocol/console';
import { CEREMONY_ERRORS } from '@payment-passkeys/webauthn';
import { expect, test } from 'vitest';
import { REFUSAL_ERRORS } from '../sessions/session.ts';

test('each reason of a callback, each refusal of a session and each error of a ceremony has a sentence', () => {
  const { NOT_YET: _never, ...refusals } = REFUSAL_ERRORS;
  const codes = [...Object.keys(refusals), ...Object.keys(CEREMONY_ERRORS)];
  expect(codes.filter((code) => !(code in REFUSAL_TEXTS))).toEqual([]);
  expect(Object.keys(REASON_TEXTS)).toEqual([...REASONS]);
  for (const text of [...Object.values(REASON_TEXTS), ...Object.values(REFUSAL_TEXTS)])
    expect(text).toMatch(/^[A-Z].*\.$/);
});

test('the more precise code is explained, else the one that the caller was told', () => {
  expect(explain({ code: 'ACCESS_DENIED', because: 'TOKEN_SPENT' })).toBe(REFUSAL_TEXTS.TOKEN_SPENT);
  expect(explain({ code: 'PAYMENT_TOTAL_MISMATCH' })).toBe(
    'Another amount or currency was shown than the session says.',
  );
  expect(explain({ code: 'NOT_FOUND' })).toBe(REASON_TEXTS.NOT_FOUND);
  expect(explain({})).toBeUndefined();
});
