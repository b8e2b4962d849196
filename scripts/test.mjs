/** The steps of `npm test` after setup.mjs: every check except the drills, which are `npm run drills`. */
import path from 'node:path';
import { countPlaywright, countVitest, runSteps } from './run-steps.mjs';

await runSteps((reports) => {
  const vitest = path.join(reports, 'vitest.json');
  const playwright = path.join(reports, 'playwright.json');
  return [
    [
      { name: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
      { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
      { name: 'types of the page', command: ['tsc', '-p', 'packages/page/tsconfig.json'] },
      { name: 'types of the console', command: ['tsc', '-p', 'packages/console/tsconfig.json'] },
      { name: 'types of the API reference', command: ['tsc', '-p', 'packages/reference/tsconfig.json'] },
      {
        name: 'types of the registration element',
        command: ['tsc', '-p', 'packages/issuer/tsconfig.registration.json'],
      },
      { name: 'arrows', command: ['node', 'scripts/check-arrows.mjs'] },
      { name: 'error reference', command: ['node', '--conditions=source', 'scripts/error-reference.mjs', '--check'] },
      { name: 'index of the decisions', command: ['node', 'scripts/decision-index.mjs', '--check'] },
      { name: 'code in the documentation', command: ['node', 'scripts/included-code.mjs', '--check'] },
      { name: 'languages', command: ['node', 'scripts/check-languages.mjs'] },
      { name: 'links', command: ['node', 'scripts/check-links.mjs'] },
      { name: 'vocabulary', command: ['node', '--conditions=source', 'scripts/check-vocabulary.mjs'] },
    ],
    // Before the browser tests, which use the issuer kit's element. The packing, which runs beside them, then does not build the packages again.
    { name: 'build of the packages', command: ['node', 'scripts/build.mjs'] },
    {
      name: 'unit and database tests',
      command: ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitest}`],
      count: () => countVitest(vitest),
    },
    [
      {
        name: 'browser tests',
        // Playwright forks its workers itself, so the condition is passed by the environment.
        env: { NODE_OPTIONS: '--conditions=source', PICTURES: 'none', PLAYWRIGHT_JSON_OUTPUT_FILE: playwright },
        // One retry, because a busy machine can cause a timeout; the tests that needed it are reported.
        command: ['playwright', 'test', '--config=e2e/playwright.config.ts', '--retries=1', '--reporter=list,json'],
        count: () => countPlaywright(playwright),
      },
      { name: 'packed packages', command: ['node', 'scripts/check-packages.mjs'] },
    ],
  ];
});
