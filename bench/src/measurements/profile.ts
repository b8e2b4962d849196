/** Where the main thread of the network spends the time of an enrolment, by V8's profiler: this version, and the version before. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '../plan.ts';
import type { Stage, Target } from '../stage.ts';
import { countedJob, settle } from './load-cost.ts';

/** Microseconds for one enrolment, by group. */
export type Profile = ReadonlyMap<string, number>;

export interface Profiles {
  readonly network: Profile;
  /** Undefined if the previous version is not available. */
  readonly before: Profile | undefined;
}

/** `target` is one process that was started with `profileFile`. */
export async function profileEnrolments(
  stage: Stage,
  { target, profileFile }: { readonly target: Target; readonly profileFile: string },
  plan: Plan,
): Promise<Profile> {
  await settle(stage, target, plan);
  const signal = () => {
    for (const { pid } of target.servers) process.kill(pid, 'SIGUSR2');
  };
  signal();
  const enrolments = plan.enrolments * 2;
  await stage.load(target, countedJob('BOTH', enrolments));
  signal();
  while (!existsSync(profileFile)) await sleep(50);
  const profile = JSON.parse(readFileSync(profileFile, 'utf8')) as V8Profile;
  return new Map([...groupTimes(profile)].map(([group, microseconds]) => [group, microseconds / enrolments]));
}

/** As `Profiler.stop` answers it (Chrome DevTools Protocol). */
interface V8Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  /** Microseconds between two samples. */
  readonly timeDeltas: readonly number[];
}

/** The time of each group, in microseconds. The time of waiting is left out. */
function groupTimes({ nodes, samples, timeDeltas }: V8Profile): Map<string, number> {
  const groups = new Map(nodes.map(({ id, callFrame }) => [id, groupOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const group = groups.get(id);
    if (group === undefined) continue;
    times.set(group, (times.get(group) ?? 0) + (timeDeltas[at] ?? 0));
  }
  return times;
}

/** The group of a script, by a part of the script's address. The first match counts. */
const GROUPS: readonly (readonly [part: RegExp, group: string])[] = [
  [/\/node_modules\/pg[-\w]*\//, 'node-postgres'],
  [/\/node_modules\/(@fastify|fastify|find-my-way|avvio|light-my-request|fast-\w+|secure-json-parse)\//, 'Fastify'],
  [/\/node_modules\/(pino|sonic-boom|@pinojs|safe-stable-stringify|quick-format-unescaped)\b/, 'pino'],
  [/\/node_modules\/prom-client\//, 'prom-client'],
  [/\/node_modules\//, 'other packages'],
  [/\/packages\/channel\//, 'packages/channel'],
  [/\/packages\/webauthn\//, 'packages/webauthn'],
  [/\/packages\/storage\//, 'packages/storage'],
  [/\/packages\/network\/src\/platform\//, 'packages/network: platform'],
  [/\/packages\/network\/src\/api\//, 'packages/network: api'],
  [/\/packages\/network\/src\/domain\//, 'packages/network: domain'],
  [/\/packages\//, 'packages: the others'],
  [/^node:internal\/crypto|^node:crypto/, 'node:crypto'],
  [/^node:/, 'Node.js: HTTP, streams, sockets'],
];

/** Undefined for waiting. */
function groupOf({ functionName, url }: V8Profile['nodes'][number]['callFrame']): string | undefined {
  if (functionName === '(idle)') return undefined;
  if (functionName === '(garbage collector)') return 'collecting garbage';
  if (functionName === '(program)') return 'native code outside functions, compiling';
  if (url === '') return 'native functions (OpenSSL, sockets, JSON)';
  return GROUPS.find(([part]) => part.test(url))?.[1] ?? 'other scripts';
}
