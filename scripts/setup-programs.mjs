/**
 * The programs that the tests need and that npm does not have: Chromium, its headless shell, PgBouncer, promtool, and more for the drills. Installs
 * them on Debian as root; elsewhere prints which are missing. Called by setup.mjs, so it is plain JavaScript for Node 18 or newer.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBrowser, findHeadlessShell } from './find-browser.mjs';
import {
  findPostgresPrograms,
  hasBuildah,
  hasCaddy,
  hasFailoverPrograms,
  hasPgBouncer,
  hasPromtool,
  OLDEST_PGBOUNCER,
  TEST_PROGRAMS,
} from './find-programs.mjs';

/** Debian 12 has PgBouncer 1.18, which is too old: this is the release after it. */
const NEWER_RELEASE = 'trixie';
const PGBOUNCER_AND_LIBRARIES =
  'pgbouncer libc6 libcares2 libevent-2.1-7t64 libpam0g libssl3t64 libsystemd0 libcap2 libaudit1 libcap-ng0 libzstd1 zlib1g libgcc-s1'.split(
    ' ',
  );

const BRUNO_PACKAGE = '@usebruno/cli@4.1.0';
/** bruno.drill.test.ts of apps/demo/test looks for Bruno here. Each version has its own folder, so that a new version is installed. */
const BRUNO = fileURLToPath(new URL(`../node_modules/.cache/payment-passkeys/${BRUNO_PACKAGE}`, import.meta.url));

const isRootOfDebian = existsSync('/etc/debian_version') && process.getuid?.() === 0;

/**
 * Stops if there is no browser and none can be installed. If another program is missing, prints which tests are skipped.
 *
 * @param {{ log: (line: string) => void, stop: (line: string) => never, run: (command: readonly string[], cwd?: string) => Promise<string> }} terminal
 * `run` rejects when the command fails.
 */
export async function setUpPrograms(terminal) {
  await ensureBrowser(terminal);
  await addProgram(terminal, {
    name: "Chromium's headless shell",
    without: 'the browser tests run in Chromium itself, which takes twice as long',
    find: () => process.env.CHROMIUM_PATH || findHeadlessShell(process.env),
    install: () => install(terminal, 'chromium-headless-shell'),
  });
  await addProgram(terminal, {
    name: `PgBouncer 1.${OLDEST_PGBOUNCER} or newer`,
    without: 'the tests behind a connection pooler are SKIPPED',
    find: () => hasPgBouncer(process.env),
    install: () => unpackPgBouncer(terminal),
  });
  await addProgram(terminal, {
    name: "promtool, Prometheus's own tool",
    without: 'the tests that run the alert rules are SKIPPED',
    find: () => hasPromtool(process.env),
    install: () => unpackProgram(terminal, { name: 'prometheus', program: 'promtool' }),
  });
}

/**
 * The programs that only the drills need: buildah, Caddy, PostgreSQL with pg_dump, Patroni with etcd and HAProxy, and Bruno's command line. If one
 * is missing, prints which tests are skipped.
 *
 * @param {Parameters<typeof setUpPrograms>[0]} terminal
 */
export async function setUpDrills(terminal) {
  await addProgram(terminal, {
    name: 'buildah',
    without: 'the image of the Dockerfile is not built, and its tests are SKIPPED',
    find: () => hasBuildah(process.env),
    install: () => install(terminal, 'buildah'),
  });
  await addProgram(terminal, {
    name: 'Caddy',
    without: 'the tests that run the proxy of operations/compose are SKIPPED',
    find: () => hasCaddy(process.env),
    install: () => unpackProgram(terminal, { name: 'caddy', program: 'caddy' }),
  });
  await addProgram(terminal, {
    name: "PostgreSQL of the system's packages",
    without: 'the rehearsal of backup and restore is SKIPPED',
    find: () => findPostgresPrograms() !== undefined,
    install: () => installPostgres(terminal),
  });
  await addProgram(terminal, {
    name: 'Patroni with etcd and HAProxy',
    without: 'the failover of PostgreSQL is SKIPPED',
    find: () => hasFailoverPrograms(process.env),
    install: () => unpackFailoverPrograms(terminal),
  });
  await installBruno(terminal);
}

/** Installs Bruno by npm, but apart from the other dependencies: it has 508 packages and 275 MB, and one drill needs it. */
async function installBruno({ log, run }) {
  if (existsSync(path.join(BRUNO, 'node_modules', '.bin', 'bru'))) return;
  log("Adding Bruno's command line (npm install)");
  const draft = `${BRUNO}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  writeFileSync(path.join(draft, 'package.json'), '{ "private": true }\n');
  try {
    await run(
      ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', draft, BRUNO_PACKAGE],
      draft,
    );
    renameSync(draft, BRUNO);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    log(
      `!!! Bruno's command line could not be installed: its collection is not run, and the tests are SKIPPED.\n${error.message}`,
    );
  }
}

async function ensureBrowser(terminal) {
  if (findBrowser(process.env)) return;
  const { log, stop } = terminal;
  if (process.env.CHROMIUM_PATH) stop(`CHROMIUM_PATH is set to ${process.env.CHROMIUM_PATH}, which is no program.`);
  if (!isRootOfDebian)
    stop(
      'The browser tests need Chromium or Chrome: install one (on Debian: apt-get install chromium), or name it in CHROMIUM_PATH.',
    );
  log('Installing Chromium (apt-get)');
  await install(terminal, 'chromium');
  if (!findBrowser(process.env))
    stop('Chromium is installed, and there is no such program: name one in CHROMIUM_PATH.');
}

async function addProgram({ log }, { name, without, find, install }) {
  if (find()) return;
  if (!isRootOfDebian) return log(`!!! ${name} is not here: ${without}. On Debian, npm test as root installs it.`);
  log(`Adding ${name} (apt-get)`);
  const problem = await install().then(
    () => (find() ? undefined : 'it does not run'),
    (error) => error.message,
  );
  if (problem !== undefined) log(`!!! ${name} could not be installed: ${without}.\n${problem}`);
}

let listsAreFresh;
/** Updates apt's package lists, once in a run. */
function updateLists({ run }) {
  listsAreFresh ??= run(['apt-get', '-qq', 'update']);
  return listsAreFresh;
}

async function install(terminal, name) {
  await updateLists(terminal);
  await terminal.run(['apt-get', '-qq', 'install', '-y', '--no-install-recommends', name]);
}

/** Installs the programs only: without this file, the package makes a server and starts it. */
async function installPostgres(terminal) {
  const folder = '/etc/postgresql-common/createcluster.d';
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'payment-passkeys-tests.conf'), 'create_main_cluster = false\n');
  await install(terminal, 'postgresql');
}

/** Unpacks one program: the installed package would start a service. */
function unpackProgram(terminal, { name, program }) {
  return inTemporaryFolder(async (folder) => {
    await updateLists(terminal);
    await terminal.run(['apt-get', '-qq', '-o', 'APT::Sandbox::User=root', 'download', name], folder);
    await unpack(terminal, folder);
    place(path.join(folder, 'root', 'usr', 'bin', program), program);
  });
}

/** Unpacks PgBouncer with its libraries. Uses separate package lists, so that the system's lists do not change. */
function unpackPgBouncer(terminal) {
  return inTemporaryFolder(async (folder) => {
    for (const name of ['lists/partial', 'cache/archives/partial'])
      mkdirSync(path.join(folder, name), { recursive: true });
    const release = `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${await findMirror(terminal)} ${NEWER_RELEASE} main\n`;
    writeFileSync(path.join(folder, 'sources.list'), release);
    const settings = [
      `Dir::Etc::SourceList=${folder}/sources.list`,
      'Dir::Etc::SourceParts=/dev/null',
      `Dir::State::lists=${folder}/lists`,
      `Dir::Cache=${folder}/cache`,
      'APT::Sandbox::User=root',
    ].flatMap((setting) => ['-o', setting]);
    await terminal.run(['apt-get', '-qq', ...settings, 'update']);
    const names = PGBOUNCER_AND_LIBRARIES.map((name) => `${name}/${NEWER_RELEASE}`);
    await terminal.run(['apt-get', '-qq', ...settings, 'download', ...names], folder);
    await unpack(terminal, folder);
    place(path.join(folder, 'root'), '../pgbouncer');
    const usr = path.join(TEST_PROGRAMS, 'pgbouncer', 'usr');
    const libraries = findLibraries(usr);
    const loader = readdirSync(libraries).find((name) => /^ld-linux.*\.so/.test(name)) ?? '';
    placeScript(folder, 'pgbouncer', `exec ${libraries}/${loader} --library-path ${libraries} ${usr}/sbin/pgbouncer`);
  });
}

/** Unpacks Patroni, etcd and HAProxy with their missing dependencies, Python included. The installed packages would start services. */
function unpackFailoverPrograms(terminal) {
  return inTemporaryFolder(async (folder) => {
    await updateLists(terminal);
    mkdirSync(path.join(folder, 'partial'));
    const settings = ['-o', `Dir::Cache::archives=${folder}`, '-o', 'APT::Sandbox::User=root'];
    const names = ['patroni', 'python3-etcd', 'etcd-server', 'haproxy'];
    await terminal.run(
      ['apt-get', '-qq', '-y', ...settings, '--download-only', '--no-install-recommends', 'install', ...names],
      folder,
    );
    await unpack(terminal, folder);
    place(path.join(folder, 'root'), '../failover');
    const usr = path.join(TEST_PROGRAMS, 'failover', 'usr');
    const libraries = findLibraries(usr);
    const python = existsSync('/usr/bin/python3')
      ? '/usr/bin/python3'
      : `env PYTHONHOME=${usr} ${path.join(usr, 'bin', 'python3')}`;
    const commands = {
      patroni: `PYTHONPATH=${usr}/lib/python3/dist-packages exec ${python} -m patroni`,
      etcd: `exec ${usr}/bin/etcd`,
      haproxy: `exec ${usr}/sbin/haproxy`,
    };
    for (const [name, command] of Object.entries(commands))
      placeScript(folder, name, `export LD_LIBRARY_PATH=${libraries}\n${command}`);
  });
}

/** The address of the system's own repository, which also has the newer release. */
async function findMirror({ run }) {
  const format = ['--format', '$(REPO_URI) $(COMPONENT) $(CODENAME)', 'Created-By: Packages'];
  const targets = (await run(['apt-get', 'indextargets', ...format])).split('\n').map((line) => line.split(' '));
  const [mirror] = targets.find(([, component, codename]) => component === 'main' && !codename.includes('-')) ?? [];
  if (mirror === undefined) throw new Error('apt names no Debian mirror.');
  return mirror;
}

async function unpack({ run }, folder) {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.deb'))) {
    await run(['dpkg', '-x', name, 'root'], folder);
  }
}

/** The folder of the libraries in an unpacked `usr`, such as usr/lib/x86_64-linux-gnu. */
function findLibraries(usr) {
  const name = readdirSync(path.join(usr, 'lib')).find((entry) => entry.endsWith('-linux-gnu')) ?? '';
  return path.join(usr, 'lib', name);
}

/** Places a shell script. Its last line is a call, which gets the arguments of the script. */
function placeScript(folder, name, lines) {
  const script = path.join(folder, `${name}.sh`);
  writeFileSync(script, `#!/bin/sh\n${lines} "$@"\n`, { mode: 0o755 });
  place(script, name);
}

/** Moves the file to its place. Every user may read and run it, because the tests run PgBouncer as the user nobody. */
function place(file, name) {
  const bin = path.join(TEST_PROGRAMS, 'bin');
  mkdirSync(bin, { recursive: true, mode: 0o755 });
  rmSync(path.join(bin, name), { recursive: true, force: true });
  renameSync(file, path.join(bin, name));
}

async function inTemporaryFolder(work) {
  mkdirSync(TEST_PROGRAMS, { recursive: true, mode: 0o755 });
  // Next to the destination, so that a rename can move it there.
  const folder = mkdtempSync(path.join(TEST_PROGRAMS, 'unpacking-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
