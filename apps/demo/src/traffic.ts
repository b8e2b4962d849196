/** The entry point of `npm run demo:traffic`: a fortnight of sample traffic for the demo's database, whether the demo runs or not. */
import { resolve } from 'node:path';
import { ConfigError, readConfig } from '@payment-passkeys/network';
import { makeSampleTraffic } from '@payment-passkeys/network/sample-traffic';
import { StorageError } from '@payment-passkeys/storage';

const DAYS = 14;
const BAR_WIDTH = 40;

const log = (line: string) => console.log(line);

/** On a terminal one line that changes; elsewhere a line for each tenth. */
function createBar(): (progress: { readonly share: number; readonly sessions: number }) => void {
  let tenths = 0;
  return ({ share, sessions }) => {
    const text = `${String(Math.round(share * 100)).padStart(3)} %  ${sessions} sessions`;
    if (process.stdout.isTTY) {
      const filled = Math.round(share * BAR_WIDTH);
      process.stdout.write(
        `\r  [${'#'.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}] ${text}${share === 1 ? '\n' : ''}`,
      );
    } else if (Math.floor(share * 10) > tenths) {
      tenths = Math.floor(share * 10);
      log(`  ${text}`);
    }
  };
}

async function run(): Promise<void> {
  const { DATA_DIR, DATABASE_URL, MODE } = process.env;
  const config = readConfig({ MODE, DATA_DIR: resolve(DATA_DIR || '.data'), DATABASE_URL, LOG_LEVEL: 'warn' });
  const begun = performance.now();
  const sessions = await makeSampleTraffic({
    config,
    clock: () => new Date(),
    days: DAYS,
    random: Math.random,
    onProgress: createBar(),
    log,
  });
  log(
    `${sessions} sessions in ${((performance.now() - begun) / 1000).toFixed(1)} s. Open the console of npm start to look at them.`,
  );
}

try {
  await run();
} catch (error) {
  console.error(error instanceof ConfigError || error instanceof StorageError ? error.message : error);
  process.exitCode = 1;
}
