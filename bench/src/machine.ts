/** Describes the machine of a run, for readers of its numbers. */
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

export interface RunConditions {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly system: string;
  readonly node: string;
  readonly postgres: string;
  readonly startedAt: Date;
  readonly minutes: number;
  /** The share of busy processors, 0 to 1, before the bench started anything and after it had stopped everything. */
  readonly busyBefore: number;
  readonly busyAfter: number;
}

export function describeMachine() {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release().split('-')[0]}`,
    node: process.version,
  };
}
