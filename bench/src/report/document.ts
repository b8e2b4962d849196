/** Writes docs/benchmarks.md and its charts after each run. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunConditions } from '../machine.ts';
import type { LatencyMeasurement } from '../measurements/latency.ts';
import { type Key, type Measurement, meetsGoal } from '../measurements/measurement.ts';
import { type Plan, SATURATING } from '../plan.ts';
import { drawLatency, drawSides } from './charts.ts';
import { figure, goalInWords, range } from './figures.ts';

const DOCS = fileURLToPath(new URL('../../../docs/', import.meta.url));

const CHARTS: Partial<Readonly<Record<Key, { readonly file: string; readonly title: string }>>> = {
  enrollmentCpuVsCryptoFloor: { file: 'enrolment-cost.svg', title: 'Processor time of one enrolment' },
  vsAssembledPeer: { file: 'assembled-peer.svg', title: 'The network and the assembled peer, saturated' },
  twoProcessesVsOne: { file: 'two-processes.svg', title: 'Two processes and one, saturated' },
  throughputAtMillionVsThousand: {
    file: 'stored-passkeys.svg',
    title: 'With a thousand passkeys and with many, saturated',
  },
  observabilityCost: { file: 'observability.svg', title: 'With logs, metrics and traces and without, saturated' },
  issuerCallVsOfficialClients: { file: 'issuer-call.svg', title: 'An issuer’s Sessions call, encrypted and signed' },
  assertionVsBareVerify: { file: 'assertion.svg', title: 'Checking one assertion' },
};
const LATENCY_CHART = 'latency.svg';

export interface Report {
  readonly measurements: readonly Measurement[];
  readonly conditions: RunConditions;
  readonly plan: Plan;
}

/** Answers the paths of the files that it wrote, relative to the repository. */
export async function writeDocument(report: Report): Promise<string> {
  const folder = path.join(DOCS, 'benchmarks');
  await mkdir(folder, { recursive: true });
  for (const measurement of report.measurements) {
    const chart = CHARTS[measurement.key];
    if (chart) await writeFile(path.join(folder, chart.file), drawSides(measurement, chart.title));
    if (isLatency(measurement)) await writeFile(path.join(folder, LATENCY_CHART), drawLatency(measurement));
  }
  await writeFile(path.join(DOCS, 'benchmarks.md'), composeDocument(report));
  return 'docs/benchmarks.md';
}

function isLatency(measurement: Measurement): measurement is LatencyMeasurement {
  return 'milliseconds' in measurement;
}

function composeDocument({ measurements, conditions, plan }: Report): string {
  return `<!-- Written by \`npm run bench\`; what it says by hand is in bench/src/report/document.ts. -->
# Benchmarks

\`npm run bench\` measures the network beside what it is compared with: both sides in one run, by turns, the order reversed every other
round. A ratio is taken round by round, and its median counts. ${describe(conditions, plan)}

| | median | lowest – highest | goal | |
|---|--:|--:|--:|---|
${measurements.map(ratioRow).join('\n')}

${measurements.map(({ key, about }) => `- \`${key}\`: ${about}.`).join('\n')}

${measurements.map(chartOf).filter(Boolean).join('\n\n')}

## Both sides of each ratio

| | | median | lowest – highest | |
|---|---|--:|--:|---|
${measurements.flatMap(sideRows).join('\n')}

${METHOD}`;
}

function describe({ startedAt, minutes, ...machine }: RunConditions, plan: Plan): string {
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
  return `These numbers are of ${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC, in ${Math.round(minutes)} minutes, on ${machine.cores} cores
(${machine.processor}) with ${machine.memoryGigabytes} GB, ${machine.system}, Node ${machine.node}, PostgreSQL ${machine.postgres}. Network, PostgreSQL and load share those cores; others kept ${percent(machine.busyBefore)} of
them busy just before the run and ${percent(machine.busyAfter)} just after it. ${plan.rounds} rounds of ${plan.seconds} s for each side.${cautionFor(machine)}`;
}

/** The share of all processors used by other programs above which throughput and latency measure those programs more than the network. */
const QUIET_ENOUGH = 0.15;

function cautionFor({ busyBefore, busyAfter }: Pick<RunConditions, 'busyBefore' | 'busyAfter'>): string {
  if (Math.max(busyBefore, busyAfter) <= QUIET_ENOUGH) return '';
  return `

**The machine was not quiet.** Others held its cores, so throughput and latency (the rows with a wide spread) say more of them than of the
network, and whether such a goal was met or missed is not shown by this run. Processor time, fsyncs and bytes hold.`;
}

function ratioRow(measurement: Measurement): string {
  const { key, value, goal } = measurement;
  return `| \`${key}\` | **${figure(value.median)}** | ${range(value)} | ${goalInWords(goal)} | ${meetsGoal(measurement) ? 'met' : 'missed'} |`;
}

function sideRows({ key, sides }: Measurement): readonly string[] {
  return sides.map(
    ({ name, unit, spread }, at) =>
      `| ${at === 0 ? `\`${key}\`` : ''} | ${name} | ${figure(spread.median)} | ${range(spread)} | ${unit} |`,
  );
}

function chartOf(measurement: Measurement): string {
  const chart = CHARTS[measurement.key];
  if (chart) return `![${chart.title}](benchmarks/${chart.file})`;
  return isLatency(measurement) ? `![Latency at half load](benchmarks/${LATENCY_CHART})` : '';
}

const METHOD = `## How it is measured

- An enrolment is five requests over HTTP on loopback: Sessions, the hosted page, its \`open\` and \`result\`, Authenticators. 2A creates a
  passkey, 2B uses the one of a recognised device; under load they alternate. Everything is durable: PostgreSQL runs with its defaults
  (\`fsync\`, \`synchronous_commit\`), the embedded one in a temporary folder. A single answer that is not the contract's ends the run.
- Load comes from a process of its own. Sessions calls are encrypted and signed before the clock starts; the Authenticators call, which
  carries the proof, and the passkeys' signatures are made on the way by node:crypto. Cardholders arrive at random times (open model), and
  their waiting counts from the arrival; where a server is saturated, ${SATURATING} are under way at any time.
- Processor time is the operating system's (\`/proc/PID/stat\`), all threads of the network's processes and no others; PostgreSQL's is shown
  beside it. Where calls are timed within the bench, it is the processor time of the whole process, so that work is not hidden by being done
  on another thread.
- Before processor time counts, a server has served so many enrolments that V8's compilers are done with it (\`settled\` in \`bench/src/plan.ts\`).
- Limits on requests are raised out of the way. The assembled peer stands in \`bench/peers/assembled\`; it does what an enrolment needs and none of the
  rest, and neither side of that comparison logs or counts.
- For \`observabilityCost\` every request is traced (a sampler would take fewer), spans go to a collector on loopback that the bench itself runs, and
  metrics are fetched each second. Metrics cannot be switched off; for the comparison what counts is replaced by nothing
  (\`bench/src/without-metrics.ts\`). Nor can events be; for \`eventsCost\` the part of the statements that stores them stores nothing
  (\`bench/src/without-events.ts\`).
- Two processes on two cores that also run PostgreSQL and the load cannot be twice as fast as one, which uses both cores already for its
  cryptography: \`twoProcessesVsOne\` needs a machine with cores to spare to say how the network scales.
- \`--long\` runs the same for an hour and a half; \`--only KEY,…\` measures some; \`--profile DIR\` writes a processor profile of the network.
`;
