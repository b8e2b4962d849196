/** How the system's Chromium is found and started for a test. */
import { findBrowser as find, findHeadlessShell } from '../scripts/find-browser.mjs';

/** Quiet and alone: no service of the browser's vendor is called. As root, Chromium runs only without its sandbox. */
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
 * What most tests run in: Chromium's headless shell where it is there, else the browser. What needs the browser's own parts asks for it:
 * Secure Payment Confirmation's dialog, Lighthouse, and `npm start` as people use it.
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
