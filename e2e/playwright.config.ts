/** The system's own Chromium, against the servers built by apps/demo: one demo per worker. */
import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import { temporaryFolder } from '../scripts/temporary-folder.mjs';
import { BROWSER_ARGUMENTS, findEngine } from './browser.ts';

process.env.TMPDIR = temporaryFolder();

/** Slow tests are drills: only `npm run drills` runs them. */
const LONG = ['canary.spec.ts', 'console-roles.spec.ts', 'lighthouse.spec.ts'];
/** They do more there than in `npm test`: they read DRILLS, or judge screens. */
const LONGER_IN_DRILLS = readdirSync(import.meta.dirname).filter(
  (file) =>
    file.endsWith('.spec.ts') &&
    /process\.env\.DRILLS|'\.\/judge\.ts'/.test(readFileSync(new URL(file, import.meta.url), 'utf8')),
);

export default defineConfig({
  testDir: '.',
  ...(process.env.DRILLS
    ? { testMatch: [...LONG, ...LONGER_IN_DRILLS] }
    : { testMatch: '*.spec.ts', testIgnore: LONG }),
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
    launchOptions: { executablePath: findEngine(), args: BROWSER_ARGUMENTS },
    // Recording every test costs a quarter of the run; by hand, --trace=on.
    trace: 'on-first-retry',
  },
});
