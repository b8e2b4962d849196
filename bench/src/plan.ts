/** The lengths of the measurements of a run. */

export interface Plan {
  readonly name: 'default' | 'long' | 'smoke';
  /** How often both sides of a ratio are measured. */
  readonly rounds: number;
  /** The time of one side under load in one round. */
  readonly seconds: number;
  /** Enrolments of one side in one round, when processor time is counted. */
  readonly enrolments: number;
  /** The calls of one side in one round, when calls are timed within the bench. */
  readonly calls: number;
  /** The warm-up of each server. */
  readonly warmUp: number;
  /** The longer warm-up before processor time is counted: V8's compilers are busy with a server for about 4,000 enrolments. */
  readonly settled: number;
  readonly storedPasskeys: number;
  /** The time at half load in one round. */
  readonly latencySeconds: number;
  /** The enrolments of one process whose memory is measured: after a quarter of them, and after all. */
  readonly memoryEnrolments: number;
}

export const PLANS: Readonly<Record<Plan['name'], Plan>> = {
  default: {
    name: 'default',
    rounds: 5,
    seconds: 3,
    enrolments: 200,
    calls: 500,
    warmUp: 400,
    settled: 5000,
    storedPasskeys: 1_000_000,
    latencySeconds: 8,
    memoryEnrolments: 20_000,
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
    memoryEnrolments: 100_000,
  },
  /** A test run of the bench itself: its numbers have no meaning and are not written. */
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
    memoryEnrolments: 400,
  },
};

export const FEW_PASSKEYS = 1000;
/** Cardholders at the same time when a server is saturated: enough to keep two cores and the database busy, too few to queue for long. */
export const SATURATING = 16;
/**
 * Enrolments or payments before each round that are not counted: while the other sides had their turn, V8 has dropped some of an idle server's code
 * (decision 124).
 */
export const RUN_IN = 100;
