/** Real Chromium, the system's own, against the servers as apps/demo builds them: one demo a worker. */
import { defineConfig } from '@playwright/test';
import { BROWSER_ARGUMENTS, findEngine } from './browser.ts';

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../test-results',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: process.env.PLAYWRIGHT_JSON
    ? [['line'], ['json', { outputFile: process.env.PLAYWRIGHT_JSON }]]
    : [['line']],
  use: {
    launchOptions: { executablePath: findEngine(), args: BROWSER_ARGUMENTS },
    // Recording every test costs a quarter of the run; by hand, --trace=on.
    trace: 'on-first-retry',
  },
});
