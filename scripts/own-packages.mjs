/** The packages of packages/, and which of them they depend on. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SCOPE = '@payment-passkeys/';

/** @returns {object} the package.json of a folder of packages/. */
export function manifestOf(name) {
  return JSON.parse(readFileSync(path.join(ROOT, 'packages', name, 'package.json'), 'utf8'));
}

/**
 * @param {readonly string[]} names of folders of packages/.
 * @returns {readonly string[]} these and the packages of this repository that they depend on, directly or not; each after its dependencies.
 */
export function withDependencies(names) {
  const found = new Set();
  const add = (name) => {
    const dependencies = Object.keys(manifestOf(name).dependencies ?? {}).filter((other) => other.startsWith(SCOPE));
    for (const other of dependencies) add(other.slice(SCOPE.length));
    found.add(name);
  };
  names.forEach(add);
  return [...found];
}
