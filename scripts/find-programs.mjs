/** Finds the programs, beside the browser, that some database tests run. Plain JavaScript, Node 18 and nothing installed: setup.mjs needs it. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** Where setup.mjs unpacks what the system's own packages do not have. It belongs to root, and every user may pass it. */
export const TEST_PROGRAMS = '/usr/local/lib/payment-passkeys-tests';
/** 1.21 is the first PgBouncer that supports prepared statements per client. */
export const OLDEST_PGBOUNCER = 21;

/** With the programs that setup.mjs has unpacked first. */
export function pathWithPrograms({ PATH = '' }) {
  return [path.join(TEST_PROGRAMS, 'bin'), PATH].join(path.delimiter);
}

/** @returns {boolean} whether there is one that keeps prepared statements: the one that PGBOUNCER names, or the first on the path. */
export function hasPgBouncer(env) {
  const [, minor] = /^PgBouncer 1\.(\d+)/m.exec(askVersion(env.PGBOUNCER || 'pgbouncer', env)) ?? [];
  return Number(minor) >= OLDEST_PGBOUNCER;
}

/** @returns {boolean} whether Prometheus's own tool is there. */
export function hasPromtool(env) {
  return askVersion('promtool', env) !== '';
}

function askVersion(file, env) {
  const { status, stdout, stderr } = spawnSync(file, ['--version'], {
    encoding: 'utf8',
    env: { ...env, PATH: pathWithPrograms(env) },
  });
  return status === 0 ? stdout + stderr : ''; // promtool 2.42 prints to one, newer ones to the other
}
