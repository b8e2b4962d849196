/**
 * The command line of `npm run bench`. Installs the peers at first use, measures, prints a table of ratios and writes docs/benchmarks.md.
 *
 *   --json         one JSON object as the last line: each key a finite number
 *   --long         the soak: the same, for about an hour
 *   --smoke        a rehearsal in half a minute, whose numbers say nothing; docs/benchmarks.md stays
 *   --only KEY,…   these measurements alone; docs/benchmarks.md stays
 *   --profile DIR  a processor profile of the network's first process, for Chromium's or VS Code's viewer
 */
import { parseArgs } from 'node:util';
import { installPeers } from './install.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'string' },
  },
});

const log = (line: string) => console.error(line);
installPeers(log);
// Imported here, because its dependencies have just been installed.
const { bench } = await import('./bench.ts');
await bench({
  plan: values.smoke ? 'smoke' : values.long ? 'long' : 'default',
  json: values.json,
  only: values.only?.split(','),
  profileFolder: values.profile,
  log,
});
