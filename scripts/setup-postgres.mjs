/**
 * Prepares the PostgreSQL of npm packages: the embedded one, and the other major versions for the tests, which the lock files under
 * scripts/postgres pin. Runs no script of those packages. Plain JavaScript for Node 18: setup.mjs needs it.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('postgres/', import.meta.url));

/**
 * @param {'oldest' | 'others'} name of the folder with the lock file.
 * @param {{ log: (line: string) => void, run: (command: readonly string[], cwd?: string) => Promise<string> }} terminal
 */
export async function setUpPostgres(name, { log, run }) {
  const folder = path.join(FOLDER, name);
  if (!isInstalled(folder)) {
    log(`Adding PostgreSQL for the tests (scripts/postgres/${name})`);
    const problem = await run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder).then(
      () => undefined,
      (error) => error.message,
    );
    if (problem !== undefined) log(`!!! It could not be installed: the tests with it are SKIPPED.\n${problem}`);
  }
  linkLibraries(path.join(folder, 'node_modules'), log);
}

/** npm copies the lock file to node_modules after an installation. So a copy that is not older means that npm has installed this lock file. */
export function isInstalled(folder) {
  const copy = path.join(folder, 'node_modules', '.package-lock.json');
  return existsSync(copy) && statSync(copy).mtimeMs >= statSync(path.join(folder, 'package-lock.json')).mtimeMs;
}

/** Makes the links that the packages' install script would make, because users may block such scripts. */
export function linkLibraries(scope, log) {
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    const list = path.join(scope, name, 'native', 'pg-symlinks.json');
    const links = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
    const missing = links
      .map(({ source, target }) => ({ source: path.join(scope, name, source), target: path.join(scope, name, target) }))
      .filter(({ target }) => lstatSync(target, { throwIfNoEntry: false }) === undefined);
    if (missing.length > 0) log(`Linking the libraries of PostgreSQL (${name})`);
    for (const { source, target } of missing) symlinkSync(path.relative(path.dirname(target), source), target);
  }
}
