/**
 * A copy of the manifests and of the lock file with only what a package of this repository needs at run time: no development dependency of
 * any workspace. `node scripts/production-tree.mjs FOLDER NAME…` writes it; `npm ci` in FOLDER then installs exactly that, and `npm sbom` lists
 * it. (npm's own `--omit dev --workspace NAME` keeps the dependencies of workspaces that are a development dependency.)
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { manifestOf, withDependencies } from './own-packages.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {string} folder a new or empty one.
 * @param {readonly string[]} names of folders of packages/.
 * @returns {readonly string[]} these and the packages of this repository that they depend on.
 */
export function writeProductionTree(folder, names) {
  if (existsSync(path.join(folder, 'package.json'))) throw new Error(`${folder} has a package.json already.`);
  const packages = withDependencies(names).toSorted();
  for (const name of packages) {
    const { devDependencies, scripts, ...manifest } = manifestOf(name);
    write(path.join(folder, 'packages', name, 'package.json'), manifest);
  }
  const { version, license, type, overrides } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const workspaces = packages.map((name) => `packages/${name}`);
  write(path.join(folder, 'package.json'), {
    name: 'payment-passkeys',
    version,
    private: true,
    license,
    type,
    workspaces,
    overrides,
  });
  copyFileSync(path.join(ROOT, 'package-lock.json'), path.join(folder, 'package-lock.json'));
  // Removes unneeded packages from the lock file. All others keep their version and hash.
  npm(folder, ['install', '--package-lock-only', '--ignore-scripts', '--offline', '--no-audit', '--no-fund']);
  return packages;
}

/** Runs npm in the folder. Answers its standard output. */
export function npm(folder, words) {
  const { status, stdout, stderr } = spawnSync('npm', words, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`npm ${words.join(' ')} failed:\n${stderr}`);
  return stdout;
}

function write(file, content) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

if (import.meta.filename === process.argv[1]) {
  const [folder = '', ...names] = process.argv.slice(2);
  if (names.length === 0) {
    console.error('Usage: node scripts/production-tree.mjs FOLDER NAME…');
    process.exit(2);
  }
  console.log(writeProductionTree(path.resolve(folder), names).join(' '));
}
