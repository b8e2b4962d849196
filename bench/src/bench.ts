/** A whole run: measures, prints, and writes the results. */

import { describeMachine, type RunConditions } from './machine.ts';
import { KEYS, type Key, type Measurement, type Skipped } from './measurements/measurement.ts';
import type { Profiles } from './measurements/profile.ts';
import { PLANS, type Plan } from './plan.ts';
import { openPreviousVersion } from './previous-version.ts';
import { busyShare } from './processor-time.ts';
import { writeDocument } from './report/document.ts';
import { printProfiles, printTable } from './report/table.ts';
import { measureAll, profileVersions, type RunOptions } from './run.ts';
import { openStage } from './stage.ts';

export interface BenchOptions {
  readonly plan: Plan['name'];
  readonly json: boolean;
  readonly only: readonly string[] | undefined;
  readonly profileFolder: string | undefined;
  readonly log: (line: string) => void;
}

export async function bench({ plan: name, json, only, profileFolder, log }: BenchOptions): Promise<void> {
  const plan = PLANS[name];
  const keys = only?.map(readKey) ?? KEYS;
  const previous = keys.includes('databaseCpuPerEnrollment')
    ? await openPreviousVersion(log)
    : { missing: 'nothing that was asked for compares with it' };
  const startedAt = new Date();
  const busyBefore = await busyShare(3000);
  log(`Others keep ${percent(busyBefore)} of the processors busy. Starting PostgreSQL and the network.`);
  const stage = await openStage();
  // Without this, the embedded PostgreSQL would outlive the process.
  const interrupt = () => void stage.stop().finally(() => process.exit(130));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  let results: readonly (Measurement | Skipped)[];
  let profiles: Profiles | undefined;
  try {
    const options: RunOptions = {
      stage,
      plan,
      keys,
      previous,
      profileFolder,
      log: (line) => log(`${elapsed(startedAt)} ${line}`),
    };
    results = await measureAll(options);
    if (only === undefined) profiles = await profileVersions(options);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await stage.stop();
  }
  const conditions: RunConditions = {
    ...describeMachine(),
    postgres: stage.postgres.version,
    startedAt,
    minutes: (Date.now() - startedAt.getTime()) / 60_000,
    busyBefore,
    busyAfter: await busyShare(3000),
  };
  console.log(printTable(results, conditions.cores));
  if (profiles) console.log(printProfiles(profiles));
  log(
    `Others kept ${percent(busyBefore)} of the processors busy before the run and ${percent(conditions.busyAfter)} after it.`,
  );
  if (name !== 'smoke' && only === undefined)
    log(`Wrote ${await writeDocument({ results, profiles, conditions, plan })}`);
  if (json) console.log(JSON.stringify(readValues(results)));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/** The values without skipped measurements. Throws for a value that is not a finite number: a failed measurement must not count as a result. */
function readValues(results: readonly (Measurement | Skipped)[]): Readonly<Record<string, number>> {
  const entries = results
    .filter((result) => 'value' in result)
    .map(({ key, value }) => [key, Number(value.median.toPrecision(4))] as const);
  const broken = entries.find(([, value]) => !Number.isFinite(value));
  if (broken !== undefined) throw new Error(`${broken[0]} is no finite number.`);
  return Object.fromEntries(entries);
}

function readKey(text: string): Key {
  const key = KEYS.find((known) => known === text);
  if (key === undefined) throw new Error(`There is no measurement ${text}: ${KEYS.join(', ')}.`);
  return key;
}

function elapsed(since: Date): string {
  return `${((Date.now() - since.getTime()) / 1000).toFixed(0).padStart(4)} s`;
}
