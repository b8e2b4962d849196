/** The system's own Chromium, against the servers built by apps/demo: one demo per worker. */
import { defineConfig } from '@playwright/test';
import { temporaryFolder } from '../scripts/temporary-folder.mjs';
import { BROWSER_ARGUMENTS, findBrowser, findEngine } from './browser.ts';
import { ALSO_IN_DRILLS, AS_DRILL, ONLY_IN_DRILLS } from './drills.ts';

process.env.TMPDIR = temporaryFolder();

/**
 * Tests that need the full browser: for Secure Payment Confirmation's dialog, for Lighthouse, and, with `npm start`, because a person uses this
 * browser.
 */
const IN_FULL_BROWSER = [
  'canary.drill',
  'lighthouse.drill',
  'provider',
  'shop-behind-provider',
  'spc',
  'spc-dishonest',
  'start',
].map((name) => `${name}.spec.ts`);

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  ...(AS_DRILL ? { grep: ALSO_IN_DRILLS } : { grepInvert: ONLY_IN_DRILLS }),
  outputDir: '../test-results',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // More workers than two cores, because a page that waits leaves its core idle.
  workers: 3,
  // Only ends a test that hangs, also on a busy machine.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: process.env.PLAYWRIGHT_JSON
    ? [['line'], ['json', { outputFile: process.env.PLAYWRIGHT_JSON }]]
    : [['line']],
  use: {
    // A button that never appears fails its test after this time, which is shorter than the test's own limit.
    actionTimeout: 60_000,
    // Recording every test costs a quarter of the run; by hand, --trace=on.
    trace: 'on-first-retry',
  },
  projects: [
    {
      // This project runs first, in one worker: a second worker would start the servers again, and would leave a core idle at the end of the run.
      name: 'full browser',
      testMatch: IN_FULL_BROWSER,
      workers: 1,
      use: {
        launchOptions: {
          executablePath: findBrowser(),
          // Chromium on Linux has Secure Payment Confirmation behind a flag.
          args: [...BROWSER_ARGUMENTS, '--enable-features=SecurePaymentConfirmationBrowser'],
        },
      },
    },
    {
      name: 'headless',
      testIgnore: IN_FULL_BROWSER,
      use: { launchOptions: { executablePath: findEngine(), args: BROWSER_ARGUMENTS } },
    },
  ],
});
