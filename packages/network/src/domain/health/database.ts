/** What is wrong with the database server: its clock, its time limits, and how many connections it takes. */
import { CLOCK_SKEW_SECONDS } from '@payment-passkeys/protocol';
import { column, query, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import type { DatabaseSettings } from '../../platform/config/config.ts';
import type { HealthProblem } from './problem.ts';

const CLOCK = {
  now: column.timestamptz(sql`clock_timestamp()`),
  version: column.text(sql`current_setting('server_version')`),
};
const READ_CLOCK = statement({ text: sql`SELECT ${selectList(CLOCK)}`, returns: CLOCK });

/** A larger difference of the clocks is worth a warning. */
const NOTED_SECONDS = 5;

/** `text` says the server's version and how far its clock is from this one; the problem is undefined if the difference is small. */
export async function compareClocks(
  pool: Pool,
  clock: () => Date,
): Promise<{ readonly text: string; readonly problem: HealthProblem | undefined }> {
  const before = clock();
  const [row] = await query(pool, READ_CLOCK, {});
  const middle = (before.getTime() + clock().getTime()) / 2;
  const seconds = Math.round(Math.abs((row?.now.getTime() ?? 0) - middle) / 1000);
  const text = `PostgreSQL ${row?.version}, its clock ${seconds} s from this one`;
  if (seconds <= NOTED_SECONDS) return { text, problem: undefined };
  return {
    text,
    problem: {
      kind: 'CONFIGURATION',
      severity: seconds > CLOCK_SKEW_SECONDS ? 'WRONG' : 'WARNING',
      about: 'clock',
      text: `${text}: set both by NTP`,
      remedy: 'Set the clocks of both machines by NTP.',
    },
  };
}

const LIMITS = {
  limited: column.boolean(sql`current_setting('statement_timeout') <> '0'`),
  connections: column.integer(
    sql`current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int`,
  ),
};
const READ_LIMITS = statement({ text: sql`SELECT ${selectList(LIMITS)}`, returns: LIMITS });

/** `pool` serves requests: its connections are those that are limited. */
export async function findDatabaseProblems(
  pool: Pool,
  { poolSize, limits }: DatabaseSettings,
): Promise<readonly HealthProblem[]> {
  const [row] = await query(pool, READ_LIMITS, {});
  const { limited = true, connections = 0 } = row ?? {};
  const setting = { kind: 'CONFIGURATION', severity: 'WARNING', docs: 'operating-the-network.md' } as const;
  return [
    ...(limited
      ? []
      : [
          {
            ...setting,
            about: 'DATABASE_URL',
            text:
              'is a pooler that passes no time limits on, so that PostgreSQL ends no stuck statement: ' +
              `ALTER ROLE … SET statement_timeout = '${limits.statementSeconds}s', and likewise lock_timeout and idle_in_transaction_session_timeout`,
            remedy: 'Set the time limits of the network’s role in PostgreSQL.',
          },
        ]),
    ...(poolSize <= connections
      ? []
      : [
          {
            ...setting,
            about: 'DATABASE_POOL_SIZE',
            text: `is ${poolSize}, of each process; the server takes ${connections} from all`,
            remedy: 'Make DATABASE_POOL_SIZE smaller, or max_connections of the server larger.',
          },
        ]),
  ];
}
