/** One run: sets everything up, measures in turn, and stops everything. */

import { freePort } from '@payment-passkeys/testkit';
import { measureAssertionCheck } from './measurements/assertion-check.ts';
import { measureCommits } from './measurements/commits.ts';
import {
  compareObservability,
  compareStoredPasskeys,
  compareTwoProcesses,
  compareWithPeer,
} from './measurements/comparisons.ts';
import { type ConsoleSamples, measureLookup, measureOverview, sampleConsole } from './measurements/console.ts';
import { measureEnrollmentCost } from './measurements/enrollment-cost.ts';
import {
  type EventsSamples,
  measureEventsCost,
  measureEventsDatabaseCost,
  sampleEvents,
} from './measurements/events-cost.ts';
import { measureIssuerCall } from './measurements/issuer-call.ts';
import { measureLatency } from './measurements/latency.ts';
import type { Key, Measurement } from './measurements/measurement.ts';
import { measurePageWeight } from './measurements/page-weight.ts';
import { measurePaymentCost } from './measurements/payment-cost.ts';
import type { NetworkSettings } from './network-under-test.ts';
import { FEW_PASSKEYS, type Plan } from './plan.ts';
import type { Stage, Target } from './stage.ts';
import { storePasskeys } from './stored-passkeys.ts';
import { storeSessions } from './stored-sessions.ts';
import { startTraceSink } from './trace-sink.ts';

export interface RunOptions {
  readonly stage: Stage;
  readonly plan: Plan;
  /** Runs only these measurements. */
  readonly keys: readonly Key[];
  /** Receives a line about the current step. */
  readonly log: (line: string) => void;
  /** The folder for a processor profile of the first network process. */
  readonly profileFolder?: string | undefined;
}

export async function measureAll(options: RunOptions): Promise<readonly Measurement[]> {
  const { stage, plan, keys, log, profileFolder } = options;
  const settings = await stage.createNetworkDatabase('main');
  const target: Target = { servers: [await stage.startNetwork(settings, { profileFolder })], population: 'main' };
  log('warming up');
  await stage.warmUp(target, plan.warmUp);
  let sampled: Promise<EventsSamples> | undefined;
  const events = () => (sampled ??= withoutEvents(stage, plan)); // both sides of both ratios, once
  let consoleSampled: Promise<ConsoleSamples> | undefined;
  const consoleCalls = () => (consoleSampled ??= withStoredSessions(stage, plan));
  const measurements: { readonly [key in Key]: () => Promise<Measurement> } = {
    pageBytes: () => measurePageWeight(target),
    issuerCallVsOfficialClients: () => measureIssuerCall(stage, target, plan),
    assertionVsBareVerify: () => measureAssertionCheck(plan),
    enrollmentCpuVsCryptoFloor: () => measureEnrollmentCost(stage, target, plan),
    paymentCpuVsCryptoFloor: () => measurePaymentCost(stage, plan),
    eventsCost: async () => measureEventsCost(await events()),
    eventsDatabaseCost: async () => measureEventsDatabaseCost(await events()),
    commitsPerEnrollment: () => measureCommits(stage, target),
    p99VsP50AtHalfLoad: () => measureLatency(stage, target, plan),
    twoProcessesVsOne: () => withSecondProcess(stage, { settings, target }, plan),
    observabilityCost: () => withUnobserved(stage, { settings, target }, plan),
    vsAssembledPeer: () => withPeer(stage, settings, plan),
    consoleOverviewMs: async () => measureOverview(await consoleCalls()),
    consoleLookupMs: async () => measureLookup(await consoleCalls()),
    throughputAtMillionVsThousand: () => withStoredPasskeys(stage, plan),
  };
  const done: Measurement[] = [];
  for (const [key, measure] of Object.entries(measurements) as [Key, () => Promise<Measurement>][]) {
    if (!keys.includes(key)) continue; // entries forgets the names
    log(key);
    done.push(await measure());
  }
  return done;
}

interface Running {
  readonly settings: NetworkSettings;
  readonly target: Target;
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
 * Starts both for this measurement only, so that neither has run longer. With observability on, metrics are read each second, and every
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
    for (const { address } of on.servers)
      fetch(`${address}/metrics`).then(
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

async function withPeer(stage: Stage, settings: NetworkSettings, plan: Plan): Promise<Measurement> {
  const ours = { servers: [await stage.startNetwork(settings, { observed: false })], population: 'main' };
  const peer = { servers: [await stage.startPeer('peer')], population: 'peer' };
  await stage.warmUp(ours, plan.warmUp);
  await stage.warmUp(peer, plan.warmUp);
  const measurement = await compareWithPeer(stage, { ours, peer }, plan);
  await Promise.all([...ours.servers, ...peer.servers].map((server) => server.stop()));
  return measurement;
}

async function withStoredPasskeys(stage: Stage, plan: Plan): Promise<Measurement> {
  const { clientId } = stage.client.registration;
  const start = async (population: string, passkeys: number): Promise<Target> => {
    const settings = await stage.createNetworkDatabase(population, (databaseUrl) =>
      storePasskeys({ databaseUrl, passkeys, clientId }),
    );
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

async function withStoredSessions(stage: Stage, plan: Plan): Promise<ConsoleSamples> {
  const consolePort = await freePort();
  const settings = await stage.createNetworkDatabase('sessions', (databaseUrl) =>
    storeSessions({ databaseUrl, sessions: plan.storedPasskeys }),
  );
  const server = await stage.startNetwork(settings, { consolePort });
  const samples = await sampleConsole({ port: consolePort, databaseUrl: settings.databaseUrl }, plan);
  await server.stop();
  return samples;
}
