/**
 * The processor time of a complete enrolment. `enrollmentCpuVsCryptoFloor`: over the cryptography that it needs at least.
 * `enrollmentCpuVsBareServer`: over the bare server. `databaseCpuPerEnrollment`: that of PostgreSQL, over the previous version.
 */
import type { Plan } from '../plan.ts';
import type { Stage, Target } from '../stage.ts';
import { ratios, type Spread, spreadOf } from '../statistics.ts';
import { createCryptoFloor } from './crypto-floor.ts';
import { countedCost, type ProcessorTime, settle, timeOfServer } from './load-cost.ts';
import { alternate, type Measurement, processorTimeOf, type Side } from './measurement.ts';

type Compared = 'floor' | 'network' | 'bare' | 'before';
type Samples = { readonly [one in Compared]: readonly ProcessorTime[] };

/** Round by round: 2A creates a passkey, 2B uses one. */
export interface EnrollmentCosts {
  readonly create: Samples;
  readonly use: Samples;
}

export interface ComparedTargets {
  readonly network: Target;
  readonly bare: Target;
  /** Undefined if the previous version is not available; its samples are then NaN. */
  readonly before: Target | undefined;
}

export async function sampleEnrollmentCosts(
  stage: Stage,
  targets: ComparedTargets,
  plan: Plan,
): Promise<EnrollmentCosts> {
  const floor = createCryptoFloor();
  for (const target of Object.values(targets)) if (target) await settle(stage, target, plan);
  await processorTimeOf(plan.calls, floor.use); // compiles the code before the measurement
  const sample = (scenario: 'CREATE' | 'USE', cryptography: () => void): Promise<Samples> => {
    const cost = async (target: Target | undefined) =>
      target ? countedCost(stage, target, { scenario, enrolments: plan.enrolments }) : timeOfServer(Number.NaN);
    return alternate<Compared, ProcessorTime>(plan.rounds, {
      floor: async () => timeOfServer(await processorTimeOf(plan.calls, cryptography)),
      network: () => cost(targets.network),
      bare: () => cost(targets.bare),
      before: () => cost(targets.before),
    });
  };
  return { create: await sample('CREATE', floor.create), use: await sample('USE', floor.use) };
}

export function measureEnrollmentVsFloor(costs: EnrollmentCosts): Measurement {
  return {
    key: 'enrollmentCpuVsCryptoFloor',
    about: "processor time of the network's process for one enrolment, over bare node:crypto; the worse of 2A and 2B",
    goal: { atMost: 3.5 },
    value: worseRatio(costs, 'floor'),
    sides: sidesOf(costs, 'floor', 'bare node:crypto'),
    unit: {
      of: 'enrolment',
      network: spreadOf(meanOf(costs, 'network', 'server')).median,
      database: spreadOf(meanOf(costs, 'network', 'database')).median,
    },
  };
}

export function measureEnrollmentVsBare(costs: EnrollmentCosts): Measurement {
  return {
    key: 'enrollmentCpuVsBareServer',
    about:
      "processor time of the network's process for one enrolment, over a node:http server with the same five exchanges, four prepared writes of node-postgres and the same cryptography on its main thread, and nothing else; the worse of 2A and 2B",
    goal: { atMost: 1.8 },
    value: worseRatio(costs, 'bare'),
    sides: sidesOf(costs, 'bare', 'the bare server'),
  };
}

export function measureDatabaseCost(costs: EnrollmentCosts): Measurement {
  const mean = (one: Compared, part: keyof ProcessorTime) => meanOf(costs, one, part);
  const [ours, before] = [mean('network', 'database'), mean('before', 'database')];
  return {
    key: 'databaseCpuPerEnrollment',
    about:
      'processor time of PostgreSQL for one enrolment, the mean of 2A and 2B, over the same with the version before; below also that of the servers',
    goal: { atMost: 0.8 },
    value: spreadOf(ratios(ours, before)),
    sides: [
      side('PostgreSQL, this version', ours),
      side('PostgreSQL, the version before', before),
      side('PostgreSQL, the bare server', mean('bare', 'database')),
      side("the network's process, this version", mean('network', 'server')),
      side("the network's process, the version before", mean('before', 'server')),
    ],
  };
}

/** The mean of 2A and 2B, round by round. */
function meanOf({ create, use }: EnrollmentCosts, one: Compared, part: keyof ProcessorTime): readonly number[] {
  return create[one].map((cost, round) => (cost[part] + (use[one][round]?.[part] ?? Number.NaN)) / 2);
}

function worseRatio({ create, use }: EnrollmentCosts, other: Compared): Spread {
  const [first, second] = [create, use].map((samples) =>
    spreadOf(ratios(samples.network.map(serverOf), samples[other].map(serverOf))),
  ) as [Spread, Spread]; // the list has two elements
  return first.median > second.median ? first : second;
}

function sidesOf({ create, use }: EnrollmentCosts, other: Compared, name: string): readonly Side[] {
  return [
    side('2A, the network', create.network.map(serverOf)),
    side(`2A, ${name}`, create[other].map(serverOf)),
    side('2B, the network', use.network.map(serverOf)),
    side(`2B, ${name}`, use[other].map(serverOf)),
  ];
}

function serverOf({ server }: ProcessorTime): number {
  return server;
}

function side(name: string, microseconds: readonly number[]): Side {
  return { name, unit: 'µs', spread: spreadOf(microseconds) };
}
