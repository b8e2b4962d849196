/** Real Chromium, the system's own, against the servers as apps/demo builds them: one demo a worker. */
import { defineConfig } from '@playwright/test';
import { BROWSER_ARGUMENTS, findEngine } from './browser.ts';

const DRILLS = ['lighthouse.spec.ts'];

export default defineConfig({
  testDir: '.',
  // Those that take long are drills: `npm run drills` runs them alone.
  ...(process.env.DRILLS ? { testMatch: DRILLS } : { testMatch: '*.spec.ts', testIgnore: DRILLS }),
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
