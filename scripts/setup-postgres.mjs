/**
 * Installs the majors of PostgreSQL that the tests use beside the embedded one: npm packages with its programs, pinned by the lock files under
 * scripts/postgres. No script of them is run. Plain JavaScript for Node 18: setup.mjs needs it.
 */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('postgres/', import.meta.url));

/**
 * @param {'oldest' | 'others'} name of the folder with the lock file.
 * @param {{ log: (line: string) => void, run: (command: readonly string[], cwd?: string) => Promise<string> }} terminal
 * @param {(folder: string) => void} linkLibraries makes the links that the packages' own script makes.
 */
export async function setUpPostgres(name, { log, run }, linkLibraries) {
  const folder = path.join(FOLDER, name);
  if (!isInstalled(folder)) {
    log(`Adding PostgreSQL for the tests (scripts/postgres/${name})`);
    const problem = await run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder).then(
      () => undefined,
      (error) => error.message,
    );
    if (problem !== undefined) log(`!!! It could not be installed: the tests with it are SKIPPED.\n${problem}`);
  }
  linkLibraries(path.join(folder, 'node_modules'));
}

/** npm writes its own copy of the lock file after the lock file. */
function isInstalled(folder) {
  const copy = path.join(folder, 'node_modules', '.package-lock.json');
  return existsSync(copy) && statSync(copy).mtimeMs >= statSync(path.join(folder, 'package-lock.json')).mtimeMs;
}
