import { expect, test } from 'vitest';
import { REASONS } from '../outcomes.ts';
import { readOutcome, readSandboxAddress, SANDBOX_STEPS, SANDBOX_VALUES } from './values.ts';

const upper = (outcome: string) => outcome.toUpperCase().replaceAll('-', '_');

test('each reason of a callback can be met at the launch, and each but that of a broken launch at the result', () => {
  const reasonsAt = (step: string) =>
    SANDBOX_VALUES.filter((value) => value.step === step)
      .map(({ outcome }) => upper(outcome))
      .filter((outcome) => (REASONS as readonly string[]).includes(outcome));
  expect(reasonsAt('open').sort()).toEqual([...REASONS].sort());
  expect(reasonsAt('result').sort()).toEqual(REASONS.filter((reason) => reason !== 'INVALID_QUERY_PARAMS').sort());
});

test.each(SANDBOX_VALUES)('$example is a value', ({ step, example }) => {
  const address = readSandboxAddress(` ${example.toUpperCase()} `);
  expect(address).toEqual({ ok: true, step, outcome: example.slice(0, example.indexOf('@')) });
});

test('each row has an outcome of its own', () => {
  const outcomes = SANDBOX_VALUES.map(({ step, example }) =>
    JSON.stringify([step, readOutcome(step, example.slice(0, example.indexOf('@')))]),
  );
  expect(new Set(outcomes).size).toBe(SANDBOX_VALUES.length);
});

test.each([['ada@bank.example'], ['ada@sandbox.example.org'], ['lost@opensandbox.example'], ['no address']])(
  '%s is an address like any other',
  (address) => {
    expect(readSandboxAddress(address)).toBeUndefined();
  },
);

test.each([
  ['unknown-code@result.sandbox.example', 'user-cancellation'],
  ['slow-9@open.sandbox.example', 'slow-N'],
  ['slow-0@open.sandbox.example', 'slow-N'],
  ['slow-N@open.sandbox.example', 'slow-N'],
  ['flaky-6@open.sandbox.example', 'flaky-N'],
  ['user-cancellation@sessions.sandbox.example', 'service-unavailable'],
  ['invalid-query-params@result.sandbox.example', 'credentials-not-verified'],
])('%s is almost right: the step’s own are named', (address, right) => {
  const step = address.slice(address.indexOf('@') + 1, -'.sandbox.example'.length);
  const own = SANDBOX_VALUES.filter((value) => value.step === step).map(({ outcome }) => outcome);
  expect(readSandboxAddress(address)).toEqual({ ok: false, right: own });
  expect(own).toContain(right);
});

test.each([['lost@result.open.sandbox.example'], ['lost@sandbox.example'], ['lost@opens.sandbox.example']])(
  '%s is almost right: the steps are named',
  (address) => {
    const right = SANDBOX_STEPS.map((step) => `…@${step}.sandbox.example`);
    expect(readSandboxAddress(address)).toEqual({ ok: false, right });
  },
);
