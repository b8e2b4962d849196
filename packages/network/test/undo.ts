/** What a file's beforeAll starts, and afterAll undoes: also where beforeAll fails on the way, or an earlier step of the undoing does. */
import { afterAll } from 'vitest';

/** To be called once, where afterAll would be. What is handed to the answered function is undone in reverse order. */
export function undoAfterAll(): (step: () => Promise<unknown>) => void {
  const steps: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    const failures: unknown[] = [];
    for (const step of steps.toReversed()) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  });
  return (step) => void steps.push(step);
}
