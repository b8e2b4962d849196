/** How long a run looks at each thing. */

export interface Plan {
  readonly name: 'default' | 'long' | 'smoke';
  /** Both sides of a ratio once. */
  readonly rounds: number;
  /** Of one side under load in one round. */
  readonly seconds: number;
  /** Of one side in one round, where processor time is counted. */
  readonly enrolments: number;
  /** Of one side in one round, where calls are timed within the bench. */
  readonly calls: number;
  /** Before anything counts, for each server. */
  readonly warmUp: number;
  /** More of them before processor time counts: until then V8's compilers are measured. */
  readonly settled: number;
  readonly storedPasskeys: number;
  /** At half load, in one round. */
  readonly latencySeconds: number;
}

export const PLANS: Readonly<Record<Plan['name'], Plan>> = {
  default: {
    name: 'default',
    rounds: 5,
    seconds: 3,
    enrolments: 200,
    calls: 500,
    warmUp: 400,
    settled: 2000,
    storedPasskeys: 1_000_000,
    latencySeconds: 8,
  },
  long: {
    name: 'long',
    rounds: 15,
    seconds: 20,
    enrolments: 1000,
    calls: 500,
    warmUp: 1000,
    settled: 10_000,
    storedPasskeys: 1_000_000,
    latencySeconds: 120,
  },
  /** A rehearsal of the bench itself: its numbers say nothing, and are written nowhere. */
  smoke: {
    name: 'smoke',
    rounds: 2,
    seconds: 1,
    enrolments: 40,
    calls: 20,
    warmUp: 40,
    settled: 40,
    storedPasskeys: 20_000,
    latencySeconds: 2,
  },
};

export const FEW_PASSKEYS = 1000;
/** Cardholders at once where a server is saturated: enough to keep two cores and the database busy, too few to queue for long. */
export const SATURATING = 16;
