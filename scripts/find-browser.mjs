/** Finds the Chromium that the browser tests drive. Plain JavaScript, Node 18 and nothing installed: setup.mjs needs it first. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const HEADLESS_SHELLS = ['chromium-headless-shell', 'chrome-headless-shell'];
const MAC = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * CHROMIUM_PATH if it is set, even if no browser is there; else the first of the usual names on PATH.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export function findBrowser(env) {
  if (env.CHROMIUM_PATH) return isExecutable(env.CHROMIUM_PATH) ? env.CHROMIUM_PATH : undefined;
  return [...onPath(NAMES, env), ...MAC].find(isExecutable);
}

/**
 * Chromium without windows: the same engine, network and WebAuthn at half the cost. Undefined if CHROMIUM_PATH chooses a browser.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export function findHeadlessShell(env) {
  return env.CHROMIUM_PATH ? undefined : onPath(HEADLESS_SHELLS, env).find(isExecutable);
}

function onPath(names, env) {
  const folders = (env.PATH ?? '').split(path.delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
