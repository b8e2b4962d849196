/** `rssMegabytes`: the memory of one process of the network after many enrolments, beside that after a quarter of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Plan, SATURATING } from '../plan.ts';
import { residentBytes } from '../processor-time.ts';
import type { Stage, Target } from '../stage.ts';
import { spreadOf } from '../statistics.ts';
import type { Measurement } from './measurement.ts';

const MOST_GROWTH = 1.15;
const READINGS = 5;
/** How many calls are prepared at once: their signatures are valid for five minutes. */
const AT_ONCE = 2000;

/** `target` has just been started. */
export async function measureMemory(stage: Stage, target: Target, plan: Plan): Promise<Measurement> {
  const { memoryEnrolments: many } = plan;
  const few = many / 4;
  const enrol = async (count: number) => {
    for (let left = count; left > 0; left -= AT_ONCE) {
      const until = { enrolments: Math.min(left, AT_ONCE) };
      await stage.load(target, { scenario: 'BOTH', until, arrivals: { inFlight: SATURATING } });
    }
  };
  const betweenReadings = many / 100; // several readings, because one of them may come just before a garbage collection
  const read = async () => {
    const readings: number[] = [];
    for (let reading = 0; reading < READINGS; reading++) {
      await enrol(betweenReadings);
      await sleep(200);
      readings.push(residentBytes(target.servers.map(({ pid }) => pid)) / 1e6);
    }
    return spreadOf(readings);
  };
  const whileReading = READINGS * betweenReadings;
  const first = betweenReadings; // the first enrolments create the passkeys that later ones use
  const arrivals = { inFlight: SATURATING };
  await stage.load(target, { scenario: 'CREATE', until: { enrolments: first }, arrivals });
  await enrol(few - first - whileReading);
  const afterFew = await read();
  await enrol(many - few - whileReading);
  const afterMany = await read();
  const [fewText, manyText] = [few, many].map((count) => count.toLocaleString('en'));
  return {
    key: 'rssMegabytes',
    about: `resident memory of one process of the network after ${manyText} enrolments; the goal is ${MOST_GROWTH} times that after ${fewText}`,
    goal: { atMost: afterFew.median * MOST_GROWTH },
    value: afterMany,
    sides: [
      { name: `after ${fewText}`, unit: 'MB', spread: afterFew },
      { name: `after ${manyText}`, unit: 'MB', spread: afterMany },
    ],
  };
}
