/** How the system's Chromium is found and started for a test. */
import { findBrowser as find, findHeadlessShell } from '../scripts/find-browser.mjs';

/** Starts Chromium without calls to its vendor's services. As root, Chromium runs only without its sandbox. */
export const BROWSER_ARGUMENTS = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * The browser of most tests: Chromium's headless shell if it is installed, else the full browser. Tests that need parts of the full browser
 * ask for it: Secure Payment Confirmation's dialog, Lighthouse, and `npm start`.
 */
export function findEngine(): string {
  return findHeadlessShell(process.env) ?? findBrowser();
}

export function findBrowser(): string {
  const path = find(process.env);
  if (path === undefined)
    throw new Error('No Chromium was found: run npm test, which installs or names it, or set CHROMIUM_PATH.');
  return path;
}
