/** The system's own Chromium, against the servers built by apps/demo: one demo per worker. */
import { defineConfig } from '@playwright/test';
import { temporaryFolder } from '../scripts/temporary-folder.mjs';
import { BROWSER_ARGUMENTS, findBrowser, findEngine } from './browser.ts';
import { ALSO_IN_DRILLS, AS_DRILL, ONLY_IN_DRILLS } from './drills.ts';

process.env.TMPDIR = temporaryFolder();

/**
 * They need parts of the full browser: Secure Payment Confirmation's dialog, Lighthouse, and, for `npm start`, the browser that a person would
 * use.
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
  // On two cores, because a page that waits leaves its core idle.
  workers: 3,
  // Only ends a test that hangs, also on a busy machine.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: process.env.PLAYWRIGHT_JSON
    ? [['line'], ['json', { outputFile: process.env.PLAYWRIGHT_JSON }]]
    : [['line']],
  use: {
    // A button that does not come ends its test in this time, and not in the test's own.
    actionTimeout: 60_000,
    // Recording every test costs a quarter of the run; by hand, --trace=on.
    trace: 'on-first-retry',
  },
  projects: [
    {
      // First, and in one worker: another one would start the servers again, and at the end of the run it would leave a core idle.
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
