/**
 * Builds the published packages to JavaScript and declarations in dist/: all of them, or those named on the command line with their
 * dependencies (`node ../../scripts/build.mjs issuer`, which is their prepack). A package that is already built from the same sources is kept.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { manifestOf, withDependencies } from './own-packages.mjs';

/** The published packages, in the order of their dependencies. */
export const PUBLISHED = [
  'protocol',
  'channel',
  'authenticator',
  'storage',
  'kit',
  'issuer',
  'merchant',
  'native',
  'testkit',
];
/** Packages with parts that run in a page. `npm run types` checks that the other parts do not use the DOM. */
const IN_A_PAGE = ['issuer'];
/** Scripts that run after tsc: for generated data, and for pages without a bundler. */
const BUNDLES = { issuer: ['build-reference.mjs', 'build-registration.mjs'], merchant: ['build-browser.mjs'] };

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CONFIGS = path.join(ROOT, 'node_modules', '.cache', 'payment-passkeys');
const TSC = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

if (import.meta.filename === process.argv[1]) {
  const named = process.argv.slice(2);
  const wanted = withDependencies(named.length === 0 ? PUBLISHED : named);
  for (const name of PUBLISHED.filter((name) => wanted.includes(name))) build(name);
}

function build(name) {
  const folder = path.join(ROOT, 'packages', name);
  const config = path.join(CONFIGS, `${name}.json`);
  const stamp = path.join(CONFIGS, `${name}.built`);
  const sources = hashOf(name);
  if (isWhole(name) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  rmSync(stamp, { force: true });
  rmSync(path.join(folder, 'dist'), { recursive: true, force: true });
  mkdirSync(CONFIGS, { recursive: true });
  writeFileSync(config, JSON.stringify(configOf(folder)));
  run([TSC, '-p', config]);
  for (const script of BUNDLES[name] ?? []) run(['--conditions=source', path.join(folder, script)]);
  if (!isWhole(name)) stop(`packages/${name}/dist lacks something that its package.json names.`);
  writeFileSync(stamp, sources);
  console.error(`packages/${name}/dist`); // not on standard output, which npm pack --json uses
}

/** Whether every export and every command of the package.json exists. */
function isWhole(name) {
  const folder = path.join(ROOT, 'packages', name);
  const { exports, bin = {} } = manifestOf(name);
  const files = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [target] : [target.types, target.default],
  );
  return [...files, ...Object.values(bin)].every((file) => existsSync(path.join(folder, file)));
}

/** The hash of everything that the package's build depends on. */
function hashOf(name) {
  const patterns = withDependencies([name]).flatMap((it) => [
    `packages/${it}/{src,*.mjs,package.json}`,
    `packages/${it}/src/**`,
  ]);
  const files = globSync([...patterns, 'scripts/build.mjs', 'tsconfig.json', 'package-lock.json'], {
    cwd: ROOT,
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted();
  const hash = createHash('sha256');
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

function stop(line) {
  console.error(line);
  process.exit(1);
}

function run(args) {
  if (!existsSync(TSC)) stop('The tools of this repository are not installed: run node scripts/setup.mjs in its root.');
  // The output of tsc goes to standard error, because npm pack --json uses standard output.
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(1);
}

/** The condition `source` is off, so that a package is built against the published form of its dependencies. */
function configOf(folder) {
  return {
    extends: path.join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      allowImportingTsExtensions: false,
      rewriteRelativeImportExtensions: true,
      declaration: true,
      customConditions: [],
      lib: IN_A_PAGE.includes(path.basename(folder)) ? ['es2024', 'dom', 'dom.iterable'] : ['es2024'],
      typeRoots: [path.join(ROOT, 'node_modules', '@types')],
      rootDir: path.join(folder, 'src'),
      outDir: path.join(folder, 'dist'),
    },
    include: [path.join(folder, 'src')],
    exclude: ['test', 'fixture'].map((kind) => path.join(folder, 'src', '**', `*.${kind}.ts`)),
  };
}
