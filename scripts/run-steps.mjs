/**
 * Runs checks one after the other; those of a list run at the same time. Prints one line for each check, with its time. A failed check ends the run
 * and prints its whole output. So does a check that leaves a process running: the process is named and ended. The last line counts the tests:
 * `N passed, M failed`.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CAN_FIND_PROCESSES, endLeftovers } from './leftover-processes.mjs';
import { temporaryFolder } from './temporary-folder.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = path.join(ROOT, 'node_modules', '.bin');
/**
 * What Playwright and Node have compiled is kept between runs. Without it each run compiles every module again, because their caches would
 * be in the run's own temporary folder: 14 s of processor time for Playwright, before the first browser test begins.
 */
const CACHE = path.join(ROOT, 'node_modules', '.cache', 'payment-passkeys');
const CACHES = { PWTEST_CACHE_DIR: path.join(CACHE, 'playwright'), NODE_COMPILE_CACHE: path.join(CACHE, 'compiled') };

/**
 * Sets the process's exit code, which is 0 when every step succeeded.
 *
 * @param {(reports: string) => readonly (Step | readonly Step[])[]} listSteps answers the steps, given a folder for their reports. A step's
 * `count` reads how many tests there were from the report that its command has written: see countVitest and countPlaywright.
 * @typedef {{ name: string, command: readonly string[], env?: Record<string, string>, count?: () => Counts }} Step
 * @typedef {{ passed: number, failed: number, skipped: number, flaky?: readonly { name: string, problem: string, journal: string }[] }} Counts
 */
export async function runSteps(listSteps) {
  const start = performance.now();
  const folder = openFolder(path.join(temporaryFolder(), 'payment-passkeys-run-'));
  const total = { passed: 0, failed: 0 };
  const interruption = stopOnSignals();
  try {
    for (const steps of listSteps(folder)) {
      const run = { folder, total, interruption };
      const succeeded = await Promise.all([steps].flat().map((step) => runStep(step, run)));
      if (succeeded.every(Boolean)) continue;
      process.exitCode = 1;
      break;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  console.log(`${seconds(start)} in all`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
}

/** True when the run may continue. A step that fails without a failed test counts as one. */
async function runStep({ name, command, env, count }, { folder: parent, total, interruption }) {
  const begun = performance.now();
  const folder = openFolder(path.join(parent, 'step-')); // identifies the processes of this step
  const { exited, said } = start(command, { ...env, TMPDIR: folder }, interruption);
  const code = await exited;
  const left = CAN_FIND_PROCESSES ? await endLeftovers(folder) : [];
  const output = await said; // only now, because a leftover process may have held it open
  const ok = code === 0 && left.length === 0 && interruption.signal === undefined;
  const { passed = 0, failed = 0, skipped = 0, flaky = [] } = count?.() ?? {};
  total.passed += passed;
  total.failed += ok ? failed : Math.max(failed, 1);
  if (!ok) process.stdout.write(output);
  for (const { name: test, problem, journal } of flaky)
    console.log(`!!! NEEDED A SECOND TRY: ${test}\n${problem}\n${journal}`.replaceAll('\n', '\n      '));
  for (const { pid, command } of left) console.log(`!!! LEFT RUNNING, and ended now: process ${pid}: ${command}`);
  if (typeof code === 'string') console.log(`!!! ENDED BY ${code} from outside, or by its own hand`);
  if (interruption.signal) console.log(`!!! INTERRUPTED by ${interruption.signal}`);
  const counts = count ? `: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}` : '';
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}${counts} (${seconds(begun)})`);
  return ok;
}

function openFolder(prefix) {
  const folder = mkdtempSync(prefix);
  chmodSync(folder, 0o711); // as root the embedded PostgreSQL runs as another user, who must be able to enter the folder
  return folder;
}

function start([file, ...args], env, interruption) {
  const PATH = `${BIN}${path.delimiter}${process.env.PATH}`;
  const child = spawn(file, args, {
    cwd: ROOT,
    env: { ...CACHES, ...withoutPostgres(process.env), PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  interruption.children.add(child);
  const exited = new Promise((resolve) => {
    child.once('error', () => resolve(127)).once('exit', (code, signal) => resolve(code ?? signal));
  }).finally(() => interruption.children.delete(child));
  const said = Promise.all([text(child.stdout), text(child.stderr)]).then((texts) => texts.join(''));
  return { exited, said };
}

/** Removes PGSSLMODE and similar variables: pg would use them for the tests' server, but they are meant for another one. */
function withoutPostgres(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PG') || name === 'PGBOUNCER'));
}

/** An interrupted run ends its steps, and then looks for leftover processes, like any other. */
function stopOnSignals() {
  const interruption = { signal: undefined, children: new Set() };
  const stop = (signal) => {
    interruption.signal ??= signal;
    for (const child of interruption.children) child.kill('SIGTERM');
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  return interruption;
}

export function countVitest(file) {
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = readReport(file);
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
}

/** A flaky test passed on the second try. */
export function countPlaywright(file) {
  const { stats: { expected = 0, flaky = 0, unexpected = 0, skipped = 0 } = {}, suites = [] } = readReport(file);
  return { passed: expected + flaky, failed: unexpected, skipped, flaky: findFlaky(suites) };
}

function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** The flaky tests: file and title, the first line of the first try's error, and the requests of its page (e2e/journal.ts). */
function findFlaky(suites) {
  return suites.flatMap(({ suites: inner = [], specs = [] }) => [
    ...findFlaky(inner),
    ...specs
      .filter(({ tests }) => tests.some(({ status }) => status === 'flaky'))
      .map(({ file, line, title, tests }) => {
        const { error, attachments } = tests.flatMap(({ results }) => results).find(({ error }) => error) ?? {};
        const journal = attachments?.find(({ name }) => name === 'journal')?.body ?? '';
        return {
          name: `${file}:${line} ${title}`,
          problem: error?.message.split('\n', 1)[0],
          journal: Buffer.from(journal, 'base64').toString(),
        };
      }),
  ]);
}

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
