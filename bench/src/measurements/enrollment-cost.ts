/**
 * `enrollmentCpuVsCryptoFloor`: the processor time that a complete enrolment costs the network's processes, over the cryptography that it
 * needs at least.
 */
import type { Plan } from '../plan.ts';
import { postgresMicroseconds, processorMicroseconds } from '../processor-time.ts';
import type { Stage, Target } from '../stage.ts';
import { ratios, spreadOf } from '../statistics.ts';
import { createCryptoFloor } from './crypto-floor.ts';
import { alternate, type Measurement, processorTimeOf } from './measurement.ts';

const IN_FLIGHT = 8;

export async function measureEnrollmentCost(stage: Stage, target: Target, plan: Plan): Promise<Measurement> {
  const floor = createCryptoFloor();
  const pids = target.servers.map(({ pid }) => pid);
  const databaseSamples: number[] = [];
  const costOf = async (scenario: 'CREATE' | 'USE') => {
    const before = processorMicroseconds(pids);
    const databaseBefore = postgresMicroseconds(stage.postgres.postmaster);
    const { completed } = await stage.load(target, {
      scenario,
      until: { enrolments: plan.enrolments },
      arrivals: { inFlight: IN_FLIGHT },
    });
    databaseSamples.push((postgresMicroseconds(stage.postgres.postmaster) - databaseBefore) / completed);
    return (processorMicroseconds(pids) - before) / completed;
  };
  await stage.warmUp(target, plan.settled / 2);
  await processorTimeOf(plan.calls, floor.use); // compiles the code before the measurement
  const samples = await alternate(plan.rounds, {
    createFloor: () => processorTimeOf(plan.calls, floor.create),
    create: () => costOf('CREATE'),
    useFloor: () => processorTimeOf(plan.calls, floor.use),
    use: () => costOf('USE'),
  });
  const create = spreadOf(ratios(samples.create, samples.createFloor));
  const use = spreadOf(ratios(samples.use, samples.useFloor));
  const side = (name: string, values: readonly number[]) => ({ name, unit: 'µs', spread: spreadOf(values) });
  return {
    key: 'enrollmentCpuVsCryptoFloor',
    about: "processor time of the network's processes for one enrolment, over bare node:crypto; the worse of 2A and 2B",
    goal: { atMost: 3 },
    value: create.median > use.median ? create : use,
    sides: [
      side('2A, a passkey is created', samples.create),
      side('2A, bare node:crypto', samples.createFloor),
      side('2B, a passkey is used', samples.use),
      side('2B, bare node:crypto', samples.useFloor),
      side('PostgreSQL, either (not counted)', databaseSamples),
    ],
  };
}
