/** The capacity model of docs/scaling.md: what one enrolment and one payment cost, and what many a second need. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Measurement, UnitCost } from '../measurements/measurement.ts';
import { figure } from './figures.ts';

/** The share of the processors that is used: the other half keeps latency as it is measured at half load. */
const USED = 0.5;
/** The primary that the model assumes: its cores, and the megabytes of log a second that it writes without waiting for the disk. */
const PRIMARY = { cores: 32, logMegabytes: 200 } as const;
const BEGIN = '<!-- Written by `npm run bench` from here -->';
const END = '<!-- to here -->';

/** Answers undefined unless every cost was measured. */
export function findUnitCosts(measurements: readonly Measurement[]): Record<UnitCost['of'], UnitCost> | undefined {
  const costOf = (of: UnitCost['of']): UnitCost => ({
    of,
    ...Object.assign({}, ...measurements.filter(({ unit }) => unit?.of === of).map(({ unit }) => unit)),
  });
  const costs = { enrolment: costOf('enrolment'), payment: costOf('payment') };
  const complete = Object.values(costs).every((cost) => PARTS.every((part) => Number.isFinite(cost[part])));
  return complete ? costs : undefined;
}

const PARTS = ['network', 'database', 'commits', 'logKilobytes'] as const;

const SCENES = [
  { title: '10 enrolments/s', of: 'enrolment', perSecond: 10 },
  { title: '1,000 enrolments/s', of: 'enrolment', perSecond: 1000 },
  { title: '1,000 approvals/s', of: 'payment', perSecond: 1000 },
  { title: '65,000 approvals/s', of: 'payment', perSecond: 65_000 },
] as const;

export function composeCapacity(costs: Record<UnitCost['of'], UnitCost>): string {
  const { enrolment, payment } = costs;
  const milliseconds = (microseconds: number) => `${figure(microseconds / 1000)} ms`;
  const needs = SCENES.map(({ of, perSecond }) => {
    const { network, database, commits, logKilobytes } = costs[of];
    const cores = (microseconds: number) => (perSecond * microseconds) / 1e6 / USED;
    const log = (perSecond * logKilobytes) / 1000;
    return {
      network: cores(network),
      database: cores(database),
      commits: perSecond * commits,
      log,
      primaries: Math.ceil(Math.max(cores(database) / PRIMARY.cores, log / PRIMARY.logMegabytes)),
    };
  });
  const row = (need: string, formula: string, cells: readonly string[]) =>
    `| ${need} | ${formula} | ${cells.join(' | ')} |`;
  const count = (value: number) => (value >= 10 ? Math.ceil(value).toLocaleString('en') : figure(value));
  return `| Measured for one | enrolment (the mean of 2A and 2B) | approval by the network's page |
|---|--:|--:|
| processor, network: *c*ₙ | ${milliseconds(enrolment.network)} | ${milliseconds(payment.network)} |
| processor, PostgreSQL: *c*ₚ | ${milliseconds(enrolment.database)} | ${milliseconds(payment.database)} |
| commits that are waited for: *f* | ${figure(enrolment.commits)} | ${figure(payment.commits)} |
| log (WAL), without whole pages: *w* | ${figure(enrolment.logKilobytes)} kB | ${figure(payment.logKilobytes)} kB |

| Need | Formula | ${SCENES.map(({ title }) => title).join(' | ')} |
|---|---|${SCENES.map(() => '--:').join('|')}|
${row(
  'cores, network',
  'R · cₙ / u',
  needs.map(({ network }) => count(network)),
)}
${row(
  'cores, PostgreSQL',
  'R · cₚ / u',
  needs.map(({ database }) => count(database)),
)}
${row(
  'commits a second',
  'R · f',
  needs.map(({ commits }) => count(commits)),
)}
${row(
  'log, MB/s',
  'R · w',
  needs.map(({ log }) => count(log)),
)}
${row(
  `primaries of ${PRIMARY.cores} cores with ${PRIMARY.logMegabytes} MB/s of log`,
  'the larger of both, rounded up',
  needs.map(({ primaries }) => String(primaries)),
)}`;
}

/** Replaces the tables in a page. Throws if the page has no place for them. */
export async function writeCapacity(file: string, tables: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${file} has no place for the capacity model.`);
  await writeFile(file, `${before}${BEGIN}\n\n${tables}\n\n${END}${after}`);
}
