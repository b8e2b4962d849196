/**
 * What `npm test` runs after setup.mjs: every check, one line each with its time. The first that fails ends the run
 * with all it had to say. The last line is `N passed, M failed`, counting tests.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = path.join(ROOT, 'node_modules', '.bin');
const reports = mkdtempSync(path.join(tmpdir(), 'payment-passkeys-reports-'));
const ENV = {
  ...process.env,
  PATH: `${BIN}${path.delimiter}${process.env.PATH}`,
  PLAYWRIGHT_JSON_OUTPUT_FILE: path.join(reports, 'playwright.json'),
};

/** `count` reads passed, failed and skipped tests from the report that the command has written, and the names of those that passed at a second try. */
const STEPS = [
  { name: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'types of the page', command: ['tsc', '-p', 'packages/page/tsconfig.json'] },
  { name: 'types of the registration element', command: ['tsc', '-p', 'packages/issuer/tsconfig.registration.json'] },
  { name: 'arrows', command: ['node', 'scripts/check-arrows.mjs'] },
  { name: 'error reference', command: ['node', '--conditions=source', 'scripts/error-reference.mjs', '--check'] },
  { name: 'links', command: ['node', 'scripts/check-links.mjs'] },
  {
    name: 'unit and database tests',
    command: ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reports}/vitest.json`],
    count: () => countVitest(readReport('vitest.json')),
  },
  {
    name: 'browser tests',
    needs: 'e2e/playwright.config.ts',
    // Playwright forks its workers itself, so the condition goes by the environment.
    env: { NODE_OPTIONS: '--conditions=source' },
    // One more try, as a loud machine can lose any race; which tests took it is said below.
    command: ['playwright', 'test', '--config=e2e/playwright.config.ts', '--retries=1', '--reporter=list,json'],
    count: () => countPlaywright(readReport('playwright.json')),
  },
  {
    name: 'vocabulary',
    needs: 'packages/network/test',
    command: ['node', '--conditions=source', 'scripts/check-vocabulary.mjs'],
  },
  { name: 'packed packages', command: ['node', 'scripts/check-packages.mjs'] },
];

const total = { passed: 0, failed: 0 };
const start = performance.now();
try {
  for (const step of STEPS) {
    if (await runStep(step)) continue;
    process.exitCode = 1;
    break;
  }
} finally {
  rmSync(reports, { recursive: true, force: true });
}
console.log(`${seconds(start)} in all`);
console.log(`${total.passed} passed, ${total.failed} failed`);

/** True when the run may go on. A step that fails without a failed test counts as one. */
async function runStep({ name, needs, command, env, count }) {
  if (needs && !existsSync(path.join(ROOT, needs))) {
    console.log(`!!! ${name}: NOT RUN, there is no ${needs}`);
    return true;
  }
  const begun = performance.now();
  const { code, output } = await run(command, env);
  const { passed = 0, failed = 0, skipped = 0, flaky = [] } = count?.() ?? {};
  total.passed += passed;
  total.failed += code === 0 ? failed : Math.max(failed, 1);
  if (code !== 0) process.stdout.write(output);
  for (const { name: test, problem } of flaky) console.log(`!!! NEEDED A SECOND TRY: ${test}\n      ${problem}`);
  const counts = count ? `: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}` : '';
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name}${counts} (${seconds(begun)})`);
  return code === 0;
}

async function run([file, ...args], env) {
  const child = spawn(file, args, { cwd: ROOT, env: { ...ENV, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = new Promise((resolve) => child.once('error', () => resolve(127)).once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, output: out + err };
}

function readReport(name) {
  const file = path.join(reports, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

function countVitest({ numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 }) {
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
}

/** A flaky test passed at a second try. */
function countPlaywright({ stats: { expected = 0, flaky = 0, unexpected = 0, skipped = 0 } = {}, suites = [] }) {
  return { passed: expected + flaky, failed: unexpected, skipped, flaky: findFlaky(suites) };
}

/** By file and title, with the first line of what went wrong at the first try. */
function findFlaky(suites) {
  return suites.flatMap(({ suites: inner = [], specs = [] }) => [
    ...findFlaky(inner),
    ...specs
      .filter(({ tests }) => tests.some(({ status }) => status === 'flaky'))
      .map(({ file, line, title, tests }) => ({
        name: `${file}:${line} ${title}`,
        problem: tests
          .flatMap(({ results }) => results)
          .find(({ error }) => error)
          ?.error.message.split('\n', 1)[0],
      })),
  ]);
}

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
