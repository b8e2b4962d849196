/** Writes docs/benchmarks.md and its charts after each run. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunConditions } from '../machine.ts';
import type { LatencyMeasurement } from '../measurements/latency.ts';
import { judge, type Key, type Measurement, type Skipped } from '../measurements/measurement.ts';
import type { Profiles } from '../measurements/profile.ts';
import { type Plan, RUN_IN, SATURATING } from '../plan.ts';
import { composeCapacity, findUnitCosts, writeCapacity } from './capacity.ts';
import { drawLatency, drawSides } from './charts.ts';
import { figure, goalInWords, range } from './figures.ts';
import { profileRows } from './table.ts';

const DOCS = fileURLToPath(new URL('../../../docs/', import.meta.url));

const CHARTS: Partial<Readonly<Record<Key, { readonly file: string; readonly title: string }>>> = {
  enrollmentCpuVsCryptoFloor: { file: 'enrolment-cost.svg', title: 'Processor time of one enrolment' },
  enrollmentCpuVsBareServer: { file: 'bare-server.svg', title: 'Processor time beside a bare server' },
  databaseCpuPerEnrollment: {
    file: 'version-before.svg',
    title: 'Processor time of one enrolment, and the version before',
  },
  vsAssembledPeerCpu: { file: 'assembled-peer.svg', title: 'The network and the assembled peer, saturated' },
  twoProcessesVsOne: { file: 'two-processes.svg', title: 'Two processes and one, saturated' },
  throughputAtMillionVsThousand: {
    file: 'stored-passkeys.svg',
    title: 'With a thousand passkeys and with many, saturated',
  },
  observabilityCost: { file: 'observability.svg', title: 'With logs, metrics and traces and without, saturated' },
  issuerCallVsOfficialClients: { file: 'issuer-call.svg', title: 'An issuer’s Sessions call, encrypted and signed' },
  assertionVsBareVerify: { file: 'assertion.svg', title: 'Checking one assertion' },
};
/** What a person has written about the profile: Markdown without a heading. */
const NOTES = fileURLToPath(new URL('../../profile-notes.md', import.meta.url));
const LATENCY_CHART = 'latency.svg';

export interface Report {
  readonly results: readonly (Measurement | Skipped)[];
  readonly profiles: Profiles | undefined;
  readonly conditions: RunConditions;
  readonly plan: Plan;
}

/** Answers which pages it wrote. */
export async function writeDocument(report: Report): Promise<string> {
  const folder = path.join(DOCS, 'benchmarks');
  await mkdir(folder, { recursive: true });
  for (const measurement of report.results.filter(isMeasured)) {
    const chart = CHARTS[measurement.key];
    if (chart) await writeFile(path.join(folder, chart.file), drawSides(measurement, chart.title));
    if (isLatency(measurement)) await writeFile(path.join(folder, LATENCY_CHART), drawLatency(measurement));
  }
  await writeFile(path.join(DOCS, 'benchmarks.md'), composeDocument(report));
  const costs = findUnitCosts(report.results.filter(isMeasured));
  if (costs === undefined) return 'docs/benchmarks.md';
  await writeCapacity(path.join(DOCS, 'scaling.md'), composeCapacity(costs));
  return 'docs/benchmarks.md, and the capacity model in docs/scaling.md';
}

function isMeasured(result: Measurement | Skipped): result is Measurement {
  return 'value' in result;
}

function isLatency(measurement: Measurement): measurement is LatencyMeasurement {
  return 'milliseconds' in measurement;
}

function composeDocument({ results, profiles, conditions, plan }: Report): string {
  const measurements = results.filter(isMeasured);
  return `<!-- Written by \`npm run bench\`; what it says by hand is in bench/src/report/document.ts. -->
# Benchmarks

\`npm run bench\` measures the network beside what it is compared with: both sides in one run, by turns, the order reversed every other
round. A ratio is taken round by round, and its median counts; of five rounds, the lowest and the highest are a 94 % interval of that median. ${describe(conditions, plan)}

| | median | lowest – highest | goal | |
|---|--:|--:|--:|---|
${results.map((result) => ratioRow(result, conditions.cores)).join('\n')}

${measurements.map(({ key, about }) => `- \`${key}\`: ${about}.`).join('\n')}

${measurements.map(chartOf).filter(Boolean).join('\n\n')}

## Both sides of each ratio

| | | median | lowest – highest | |
|---|---|--:|--:|---|
${measurements.flatMap(sideRows).join('\n')}
${profileSection(profiles)}
${METHOD}`;
}

function describe({ startedAt, minutes, ...machine }: RunConditions, plan: Plan): string {
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
  return `These numbers are of ${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC, in ${Math.round(minutes)} minutes, on ${machine.cores} cores
(${machine.processor}) with ${machine.memoryGigabytes} GB, ${machine.system}, Node ${machine.node}, PostgreSQL ${machine.postgres}. Network, PostgreSQL and load share those cores; others kept ${percent(machine.busyBefore)} of
them busy just before the run and ${percent(machine.busyAfter)} just after it. ${plan.rounds} rounds of ${plan.seconds} s for each side.${cautionFor(machine)}`;
}

/** If other programs use a larger share of the processors, throughput and latency say more about them than about the network. */
const QUIET_ENOUGH = 0.15;

function cautionFor({ busyBefore, busyAfter }: Pick<RunConditions, 'busyBefore' | 'busyAfter'>): string {
  if (Math.max(busyBefore, busyAfter) <= QUIET_ENOUGH) return '';
  return `

**The machine was not quiet.** Others held its cores, so throughput and latency (the rows with a wide spread) say more of them than of the
network, and whether such a goal was met or missed is not shown by this run. Processor time, fsyncs and bytes hold.`;
}

function ratioRow(measurement: Measurement | Skipped, cores: number): string {
  if (!isMeasured(measurement)) return `| \`${measurement.key}\` | | | | not measured: ${measurement.why} |`;
  const { key, value, goal } = measurement;
  return `| \`${key}\` | **${figure(value.median)}** | ${range(value)} | ${goalInWords(goal)} | ${judge(measurement, cores)} |`;
}

function profileSection(profiles: Profiles | undefined): string {
  if (profiles === undefined) return '';
  const rows = profileRows(profiles).map((cells) => `| ${cells.join(' | ')} |`);
  return `
## The profile

Microseconds of the main thread for one enrolment, half of them 2A and half 2B, by V8's profiler, which itself costs some. Functions are grouped by
the file that they are in; what a native function does counts as native. The thread pool is not in it.

| | this version | the version before |
|---|--:|--:|
${rows.join('\n')}
${existsSync(NOTES) ? `\n${readFileSync(NOTES, 'utf8').trim()}\n` : ''}`;
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
- The network runs in production mode: \`keys rotate\` makes its keys, and every request carries the headers of the proxy that ends TLS.
- Load comes from a process of its own. Sessions calls are encrypted and signed before the clock starts; the Authenticators call, which
  carries the proof, and the passkeys' signatures are made on the way by node:crypto. Cardholders arrive at random times (open model), and
  their waiting counts from the arrival; where a server is saturated, ${SATURATING} are under way at any time.
- Processor time is the operating system's (\`/proc/PID/stat\`; of PostgreSQL's processes \`schedstat\`), all threads of the server's process.
  Where calls are timed within the bench, it is the processor time of the whole process, so that work is not hidden by being done on another
  thread.
- Before processor time counts, a server has served so many enrolments that V8's compilers are done with it (\`settled\` in \`bench/src/plan.ts\`),
  and each round begins with ${RUN_IN} that do not count: V8 drops some of the code of a server that had a pause.
- Limits on requests are raised out of the way.
- For \`observabilityCost\` every request is traced (a sampler would take fewer), spans go to a collector on loopback that the bench itself runs, and
  metrics are fetched each second. Metrics cannot be switched off; for the comparison what counts is replaced by nothing
  (\`bench/src/without-metrics.ts\`). Nor can events be; for \`eventsCost\` the part of the statements that stores them stores nothing
  (\`bench/src/without-events.ts\`).
- A goal that needs more cores than the machine has is neither met nor missed. Two processes on two cores that also run PostgreSQL and the load
  cannot be twice as fast as one.
- \`--long\` runs the same for an hour and a half; \`--only KEY,…\` measures some; \`--profile DIR\` writes a processor profile of the network.

## The peers

| | What it is | What it does not do |
|---|---|---|
| bare node:crypto | the RSA, EC and AES operations of an enrolment (or of a call, or of a payment) in a loop, with keys ready | anything else: it is the least that any server would cost |
| the bare server, \`bench/peers/bare\` | node:http; the five exchanges; one prepared write of node-postgres in each of four; the cryptography of an enrolment on the main thread, on data of its own | checks, headers of security, limits, ids, log, metrics, encryption at rest, events, passkeys of a device |
| the version before | this repository at the commit in \`bench/src/previous-version.ts\`, with its own dependencies, in production mode on a database of its own | – |
| the assembled peer, \`bench/peers/assembled\` | the same five steps, assembled from Express, @simplewebauthn/server, the official libraries, jose, zod and node-postgres as by an experienced team | payments, rotation of keys, audit, limits, metrics, log; the network beside it does not log or count either |
| the official libraries | mastercard-client-encryption and mastercard-oauth1-signer, for an issuer's call | – |
`;
