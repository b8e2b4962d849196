/** `npm run faults -- --kills 200`: the long form of the crash matrix, with its own embedded PostgreSQL. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabase } from '@payment-passkeys/storage';
import { runCrashMatrix } from './crash-matrix.ts';

const { values } = parseArgs({
  options: {
    victim: { type: 'string', default: 'network' },
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
  },
});
const victim = (['NETWORK', 'POSTGRESQL'] as const).find((one) => one === values.victim.toUpperCase());
if (victim === undefined) throw new Error('--victim is network or postgresql.');
const [kills, seed] = [values.kills, values.seed].map(Number);
if (!kills || !Number.isInteger(kills) || seed === undefined || !Number.isInteger(seed)) {
  throw new Error('--kills and --seed take whole numbers.');
}
const folder = await mkdtemp(join(tmpdir(), 'payment-passkeys-faults-'));
await chmod(folder, 0o711); // as root the server runs as another user, who must be able to enter the folder
const server = await openDatabase({ dataDir: folder, name: 'faults' });
try {
  console.log(`${kills} kills of ${victim}, seed ${seed}`);
  const report = await runCrashMatrix({
    serverUrl: server.url,
    victim,
    kills,
    everyPoint: true,
    seed,
    onProgress: console.log,
  });
  for (const { point, struck } of report.points) console.log(`${String(struck).padStart(5)}  ${point.name}`);
  const { visits, answers, unheard, medianRestartMilliseconds, evidence, violations } = report;
  console.log(
    `${report.kills} kills at ${report.points.length} points; ${visits} visits, ${answers} answers, ${unheard} exchanges that nobody heard the ` +
      `end of, ${evidence.history.replays.length} replays; down for ${Math.round(medianRestartMilliseconds)} ms (median)`,
  );
  for (const violation of violations) console.log(`VIOLATION  ${violation}`);
  console.log(`${violations.length} violations`);
  process.exitCode = violations.length > 0 ? 1 : 0;
} finally {
  await server.close();
  await rm(folder, { recursive: true, force: true });
}
