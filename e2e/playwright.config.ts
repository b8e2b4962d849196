/** Real Chromium, the system's own, against the servers as apps/demo builds them: one demo a worker. */
import { defineConfig } from '@playwright/test';
import { BROWSER_ARGUMENTS, findEngine } from './browser.ts';

/** Those that take long are drills: `npm run drills` runs them alone. */
const LONG = ['lighthouse.spec.ts'];
/** They have more to do there than in `npm test`. */
const LONGER_IN_DRILLS = ['shop-screens.spec.ts'];

export default defineConfig({
  testDir: '.',
  ...(process.env.DRILLS
    ? { testMatch: [...LONG, ...LONGER_IN_DRILLS] }
    : { testMatch: '*.spec.ts', testIgnore: LONG }),
  outputDir: '../test-results',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  workers: 2,
  // Only to end a test that hangs, on a machine that is busy with other things.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: process.env.PLAYWRIGHT_JSON
    ? [['line'], ['json', { outputFile: process.env.PLAYWRIGHT_JSON }]]
    : [['line']],
  use: {
    launchOptions: { executablePath: findEngine(), args: BROWSER_ARGUMENTS },
    // Recording every test costs a quarter of the run; by hand, --trace=on.
    trace: 'on-first-retry',
  },
});
