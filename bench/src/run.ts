/** One run: sets everything up, measures in turn, and stops everything. */

import path from 'node:path';
import { freePort } from '@payment-passkeys/testkit';
import { measurePeerCost, measurePeerThroughput } from './measurements/assembled-peer.ts';
import { measureAssertionCheck } from './measurements/assertion-check.ts';
import { measureCommits } from './measurements/commits.ts';
import { compareObservability, compareStoredPasskeys, compareTwoProcesses } from './measurements/comparisons.ts';
import { CONSOLE_URL, measureLookup, measureOverview, sampleConsole } from './measurements/console.ts';
import {
  measureDatabaseCost,
  measureEnrollmentVsBare,
  measureEnrollmentVsFloor,
  sampleEnrollmentCosts,
} from './measurements/enrollment-cost.ts';
import {
  type EventsSamples,
  measureEventsCost,
  measureEventsDatabaseCost,
  sampleEvents,
} from './measurements/events-cost.ts';
import { measureIssuerCall } from './measurements/issuer-call.ts';
import { measureEventLoopDelay, measureLatency, sampleHalfLoad } from './measurements/latency.ts';
import type { Key, Measurement, Skipped } from './measurements/measurement.ts';
import { measureMemory } from './measurements/memory.ts';
import { measurePageWeight } from './measurements/page-weight.ts';
import { measurePaymentCost } from './measurements/payment-cost.ts';
import { type Profile, type Profiles, profileEnrolments } from './measurements/profile.ts';
import { measureStatements } from './measurements/statements.ts';
import { type SaturatedCosts, sampleSaturated } from './measurements/throughput.ts';
import type { NetworkProcess, NetworkSettings } from './network-under-test.ts';
import { FEW_PASSKEYS, type Plan } from './plan.ts';
import type { PreviousVersion } from './previous-version.ts';
import { figure } from './report/figures.ts';
import type { Stage, Target } from './stage.ts';
import { startStatementCounter } from './statement-counter.ts';
import { storePasskeys } from './stored-passkeys.ts';
import { storeSessions } from './stored-sessions.ts';
import { startTraceSink } from './trace-sink.ts';

export interface RunOptions {
  readonly stage: Stage;
  readonly plan: Plan;
  /** Runs only these measurements. */
  readonly keys: readonly Key[];
  readonly previous: PreviousVersion;
  /** Receives a line about the current step. */
  readonly log: (line: string) => void;
  /** The folder for a processor profile of the first network process. */
  readonly profileFolder?: string | undefined;
}

export async function measureAll(options: RunOptions): Promise<readonly (Measurement | Skipped)[]> {
  const { stage, plan, keys, previous, log, profileFolder } = options;
  const settings = await stage.createNetworkDatabase('main');
  const target = { servers: [await stage.startNetwork(settings, { profileFolder })], population: 'main' };
  log('warming up');
  await stage.warmUp(target, plan.warmUp);
  // Each of these functions measures both sides of several ratios.
  const costs = once(() => withBareAndPrevious({ stage, target, previous, plan }));
  const halfLoad = once(() => sampleHalfLoad(stage, target, plan));
  const events = once(() => withoutEvents(stage, plan));
  const peer = once(() => withPeer(stage, settings, plan));
  const consoleCalls = once(() => withStoredSessions(stage, plan));
  const measurements: { readonly [key in Key]: () => Promise<Measurement | Skipped> } = {
    pageBytes: () => measurePageWeight(target),
    issuerCallVsOfficialClients: () => measureIssuerCall(stage, target, plan),
    assertionVsBareVerify: () => measureAssertionCheck(plan),
    statementsPerEnrollment: () => withCounter(stage, settings, plan),
    commitsPerEnrollment: () => measureCommits(stage, target),
    enrollmentCpuVsCryptoFloor: async () => measureEnrollmentVsFloor(await costs()),
    enrollmentCpuVsBareServer: async () => measureEnrollmentVsBare(await costs()),
    databaseCpuPerEnrollment: async () =>
      'missing' in previous
        ? { key: 'databaseCpuPerEnrollment', why: previous.missing }
        : measureDatabaseCost(await costs()),
    paymentCpuVsCryptoFloor: () => measurePaymentCost(stage, plan),
    vsAssembledPeerCpu: async () => measurePeerCost(await peer()),
    vsAssembledPeer: async () => measurePeerThroughput(await peer()),
    eventsCost: async () => measureEventsCost(await events()),
    eventsDatabaseCost: async () => measureEventsDatabaseCost(await events()),
    p99VsP50AtHalfLoad: async () => measureLatency(await halfLoad()),
    eventLoopDelayMs: async () => measureEventLoopDelay(await halfLoad()),
    twoProcessesVsOne: () => withSecondProcess(stage, { settings, target }, plan),
    observabilityCost: () => withUnobserved(stage, { settings, target }, plan),
    rssMegabytes: () => withNewProcess(stage, plan),
    consoleOverviewMs: async () => measureOverview(await consoleCalls()),
    consoleLookupMs: async () => measureLookup(await consoleCalls()),
    throughputAtMillionVsThousand: () => withStoredPasskeys(stage, plan),
  };
  const done: (Measurement | Skipped)[] = [];
  for (const [key, measure] of Object.entries(measurements) as [Key, () => Promise<Measurement | Skipped>][]) {
    if (!keys.includes(key)) continue; // entries forgets the names
    log(key);
    const result = await measure();
    log(`${key}: ${'why' in result ? 'not measured' : figure(result.value.median)}`);
    done.push(result);
  }
  return done.toSorted((a, b) => keys.indexOf(a.key) - keys.indexOf(b.key));
}

/** Profiles this version and the one before, one after the other, each on a database of its own. */
export async function profileVersions({ stage, plan, previous, log }: RunOptions): Promise<Profiles> {
  const profile = async (name: string, checkout?: string): Promise<Profile> => {
    log(name);
    const settings = await stage.createNetworkDatabase(name, checkout === undefined ? {} : { checkout });
    const profileFile = path.join(settings.dataDir, 'profile.json');
    const target = { servers: [await stage.startNetwork(settings, { profileFile })], population: name };
    const groups = await profileEnrolments(stage, { target, profileFile }, plan);
    await Promise.all(target.servers.map((server) => server.stop()));
    return groups;
  };
  return {
    network: await profile('profile'),
    before: 'missing' in previous ? undefined : await profile('profile of the version before', previous.checkout),
  };
}

function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => (result ??= work());
}

interface Running {
  readonly settings: NetworkSettings;
  readonly target: Target<NetworkProcess>;
}

async function withCounter(stage: Stage, settings: NetworkSettings, plan: Plan): Promise<Measurement> {
  const counter = await startStatementCounter(settings.databaseUrl);
  const server = await stage.startNetwork({ ...settings, databaseUrl: counter.databaseUrl });
  const target = { servers: [server], population: 'main' };
  await stage.warmUp(target, plan.warmUp / 4);
  const measurement = await measureStatements(stage, target, counter);
  await server.stop();
  await counter.stop();
  return measurement;
}

async function withBareAndPrevious(options: {
  readonly stage: Stage;
  readonly target: Target;
  readonly previous: PreviousVersion;
  readonly plan: Plan;
}) {
  const { stage, target, previous, plan } = options;
  const bare = { servers: [await stage.startPeer('bare')], population: 'bare' };
  const before = 'missing' in previous ? undefined : await startPrevious(stage, previous.checkout);
  const costs = await sampleEnrollmentCosts(stage, { network: target, bare, before }, plan);
  await Promise.all([...bare.servers, ...(before?.servers ?? [])].map((server) => server.stop()));
  return costs;
}

async function startPrevious(stage: Stage, checkout: string): Promise<Target> {
  const settings = await stage.createNetworkDatabase('before', { checkout });
  return { servers: [await stage.startNetwork(settings)], population: 'before' };
}

async function withSecondProcess(stage: Stage, { settings, target }: Running, plan: Plan): Promise<Measurement> {
  const second = await stage.startNetwork(settings);
  const two = { servers: [...target.servers, second], population: target.population };
  await stage.warmUp({ servers: [second], population: target.population }, plan.warmUp);
  const measurement = await compareTwoProcesses(stage, { one: target, two }, plan);
  await second.stop();
  return measurement;
}

/**
 * Starts both networks for this measurement only, so that neither has run longer. With observability on, metrics are read each second, and every
 * request is traced.
 */
async function withUnobserved(stage: Stage, { settings, target }: Running, plan: Plan): Promise<Measurement> {
  const { population } = target;
  const sink = await startTraceSink();
  const on = { servers: [await stage.startNetwork(settings, { observed: true, traceEndpoint: sink.url })], population };
  const off = { servers: [await stage.startNetwork(settings, { observed: false })], population };
  await stage.warmUp(on, plan.warmUp);
  await stage.warmUp(off, plan.warmUp);
  const scrape = setInterval(() => {
    for (const { metricsAddress } of on.servers)
      fetch(`${metricsAddress}/metrics`).then(
        (response) => response.text(),
        () => {},
      );
  }, 1000);
  try {
    return await compareObservability(stage, { on, off }, plan);
  } finally {
    clearInterval(scrape);
    await Promise.all([...on.servers, ...off.servers].map((server) => server.stop()));
    await sink.stop();
  }
}

async function withoutEvents(stage: Stage, plan: Plan): Promise<EventsSamples> {
  const start = async (population: string, events: boolean): Promise<Target> => ({
    servers: [await stage.startNetwork(await stage.createNetworkDatabase(population), { events })],
    population,
  });
  const stored = await start('events', true);
  const none = await start('no_events', false);
  const samples = await sampleEvents(stage, { stored, none }, plan);
  await Promise.all([...stored.servers, ...none.servers].map((server) => server.stop()));
  return samples;
}

async function withPeer(stage: Stage, settings: NetworkSettings, plan: Plan): Promise<SaturatedCosts> {
  const ours = { servers: [await stage.startNetwork(settings, { observed: false })], population: 'main' };
  const peer = { servers: [await stage.startPeer('assembled')], population: 'assembled' };
  await stage.warmUp(ours, plan.settled / 2);
  await stage.warmUp(peer, plan.settled / 2);
  const costs = await sampleSaturated(stage, [ours, peer], plan);
  await Promise.all([...ours.servers, ...peer.servers].map((server) => server.stop()));
  return costs;
}

async function withNewProcess(stage: Stage, plan: Plan): Promise<Measurement> {
  const server = await stage.startNetwork(await stage.createNetworkDatabase('memory'));
  const measurement = await measureMemory(stage, { servers: [server], population: 'memory' }, plan);
  await server.stop();
  return measurement;
}

async function withStoredPasskeys(stage: Stage, plan: Plan): Promise<Measurement> {
  const { clientId } = stage.client.registration;
  const start = async (population: string, passkeys: number): Promise<Target> => {
    const settings = await stage.createNetworkDatabase(population, {
      fill: (databaseUrl) => storePasskeys({ databaseUrl, passkeys, clientId }),
    });
    const target = { servers: [await stage.startNetwork(settings)], population };
    await stage.warmUp(target, plan.warmUp);
    return target;
  };
  const few = await start('few', FEW_PASSKEYS);
  const many = await start('many', plan.storedPasskeys);
  const measurement = await compareStoredPasskeys(stage, { few, many, stored: plan.storedPasskeys }, plan);
  await Promise.all([...few.servers, ...many.servers].map((server) => server.stop()));
  return measurement;
}

async function withStoredSessions(stage: Stage, plan: Plan) {
  const port = await freePort();
  const settings = await stage.createNetworkDatabase('sessions', {
    fill: (databaseUrl) => storeSessions({ databaseUrl, sessions: plan.storedPasskeys }),
  });
  const server = await stage.startNetwork(settings, { console: { port, url: CONSOLE_URL } });
  const samples = await sampleConsole({ port, databaseUrl: settings.databaseUrl }, plan);
  await server.stop();
  return samples;
}
