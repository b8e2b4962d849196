/** Undoes in afterAll what a file's beforeAll has started, also when beforeAll or an earlier step of the undoing fails. */
import { afterAll } from 'vitest';

/** Call it once, in place of afterAll. Functions that are passed to the answered function run in reverse order. */
export function undoAfterAll(): (step: () => Promise<unknown>) => void {
  const steps: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    const failures: unknown[] = [];
    for (const step of steps.toReversed()) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  });
  return (step) => void steps.push(step);
}
