/**
 * The steps of `npm run drills` after setup.mjs: tests of `npm test` with larger numbers, and tests that only the drills have. A test file is
 * run here when it is named `*.drill.test.ts`, or reads DRILLS from the environment. e2e/drills.ts says which
 * browser tests are drills.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { countPlaywright, countVitest, runSteps } from './run-steps.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Runs alone: it measures how long a failover takes, and its servers have priority over every other process. */
const FAILOVER = 'packages/network/test/failover/failover.drill.test.ts';
const drills = globSync(['{packages,apps}/*/{src,test}/**/*.test.ts', 'scripts/*.test.mjs'], { cwd: ROOT }).filter(
  (file) =>
    file !== FAILOVER &&
    (file.endsWith('.drill.test.ts') || readFileSync(path.join(ROOT, file), 'utf8').includes('process.env.DRILLS')),
);

await runSteps((reports) => {
  const vitest = path.join(reports, 'vitest.json');
  const failover = path.join(reports, 'failover.json');
  const playwright = path.join(reports, 'playwright.json');
  return [
    { name: 'docstrings of the kits', command: ['node', 'scripts/api-reference/main.mjs', '--check'] },
    {
      name: `${drills.length} files of unit and database tests, at length`,
      env: { DRILLS: '1' },
      command: ['vitest', 'run', ...drills, '--reporter=default', '--reporter=json', `--outputFile.json=${vitest}`],
      count: () => countVitest(vitest),
    },
    {
      name: 'a failover',
      env: { DRILLS: '1' },
      command: ['vitest', 'run', FAILOVER, '--reporter=default', '--reporter=json', `--outputFile.json=${failover}`],
      count: () => countVitest(failover),
    },
    {
      name: 'browser tests that are drills',
      env: {
        DRILLS: '1',
        NODE_OPTIONS: '--conditions=source',
        PICTURES: 'none',
        PLAYWRIGHT_JSON_OUTPUT_FILE: playwright,
      },
      command: ['playwright', 'test', '--config=e2e/playwright.config.ts', '--retries=1', '--reporter=list,json'],
      count: () => countPlaywright(playwright),
    },
    { name: 'packed packages, at length', command: ['node', 'scripts/check-packages.mjs', '--at-length'] },
  ];
});
