/** Finds the programs that some database tests run. Plain JavaScript, Node 18 and nothing installed: setup.mjs needs it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** The folder for programs that the system's own packages do not have. It belongs to root, and every user may enter it. */
export const TEST_PROGRAMS = '/usr/local/lib/payment-passkeys-tests';
/** 1.21 is the first PgBouncer that supports prepared statements per client. */
export const OLDEST_PGBOUNCER = 21;

/** PATH with the programs that setup.mjs has unpacked in front. */
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

/** @returns {boolean} whether there is a builder of images that needs no service. */
export function hasBuildah(env) {
  return askVersion('buildah', env) !== '';
}

/** @returns {boolean} whether there is the proxy of operations/compose. */
export function hasCaddy(env) {
  return askVersion('caddy', env, 'version') !== '';
}

/** @returns {boolean} whether there is what replaces a PostgreSQL that fails: Patroni, etcd and HAProxy. */
export function hasFailoverPrograms(env) {
  return (
    ['patroni', 'etcd'].every((program) => askVersion(program, env) !== '') && askVersion('haproxy', env, '-v') !== ''
  );
}

const POSTGRES = '/usr/lib/postgresql';

/** @returns {string | undefined} the folder of the newest PostgreSQL that the system's packages brought, with server and pg_dump. */
export function findPostgresPrograms() {
  return (existsSync(POSTGRES) ? readdirSync(POSTGRES) : [])
    .map(Number)
    .sort((a, b) => b - a)
    .map((version) => path.join(POSTGRES, String(version), 'bin'))
    .find((folder) => ['postgres', 'pg_dump'].every((program) => existsSync(path.join(folder, program))));
}

function askVersion(file, env, word = '--version') {
  const { status, stdout, stderr } = spawnSync(file, [word], {
    encoding: 'utf8',
    env: { ...env, PATH: pathWithPrograms(env) },
  });
  return status === 0 ? stdout + stderr : ''; // promtool 2.42 prints to one, newer ones to the other
}
