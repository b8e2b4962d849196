/** `npm run pictures`: the pictures of the README and of docs/, taken from the running product. */
import { defineConfig } from '@playwright/test';
import { BROWSER_ARGUMENTS, findEngine } from '../browser.ts';

export default defineConfig({
  testDir: '.',
  testMatch: ['pictures.ts', 'console.ts'],
  outputDir: '../../test-results',
  workers: 1,
  // Only ends a run that hangs, also on a busy machine.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: 'line',
  use: {
    launchOptions: { executablePath: findEngine(), args: BROWSER_ARGUMENTS },
    deviceScaleFactor: 2,
    locale: 'en-US',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  },
});
