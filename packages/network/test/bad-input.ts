/** Wrong values for the fields of a message, and what the answer to each must be. */
import type { TestAnswer } from '@payment-passkeys/testkit';
import { expect } from 'vitest';

export const ABSENT = Symbol('absent');
/** Part of every faulty value, so that a test can check that no answer contains it. */
export const MARK = 'zq7Zk';

/** A deep copy of `message` with one member replaced or removed; `pointer` has no escapes. */
export function change(message: unknown, pointer: string, value: unknown): unknown {
  const copy: unknown = structuredClone(message);
  const path = pointer.split('/').slice(1);
  const last = path.pop() ?? '';
  let parent = copy as Record<string, unknown>;
  for (const name of path) parent = parent[name] as Record<string, unknown>;
  if (value !== ABSENT) parent[last] = value;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}

/** `told` is the pointer in the answer if it differs from `pointer`. */
export type Case = [pointer: string, value: unknown, status?: number, code?: string, told?: string];

export function expectRefusal(
  answer: TestAnswer,
  prefix: string,
  [pointer, value, status = 400, code, told]: Case,
): void {
  const [detail] = answer.body.errordetail ?? [{}];
  expect({ status: answer.status, code: detail.reason, source: detail.source }).toEqual({
    status,
    code: code ?? (value === ABSENT ? 'MISSING_FIELD' : 'INVALID_FIELD'),
    source: prefix + (told ?? pointer),
  });
  expect(answer.body).toMatchObject({ status, reason: status === 403 ? 'FORBIDDEN' : 'INVALID_ARGUMENT' });
  expect(JSON.stringify(answer.body)).not.toContain(MARK);
  if (typeof value === 'string' && value.length > 4) expect(JSON.stringify(answer.body)).not.toContain(value);
}

/** Values of another type, for a text field. */
export const OTHER_TYPES = [null, 5, true, {}, [MARK]];
export const each = (
  pointer: string,
  values: readonly unknown[],
  ...expected: [status?: number, code?: string]
): Case[] => values.map((value) => [pointer, value, ...expected]);
export const faults = (pointer: string, ...values: unknown[]): Case[] =>
  each(pointer, [ABSENT, ...OTHER_TYPES, ...values]);
/** The faults of an optional field: it may be absent, or null, which counts as absent. */
export const optional = (pointer: string, ...values: unknown[]): Case[] => faults(pointer, ...values).slice(2);
export const long = (length: number) => MARK.padEnd(length, 'a');
