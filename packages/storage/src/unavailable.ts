/** The errors that mean that the database is temporarily unavailable, so that the answer is "try later" and not "internal error". */
import { codeOf } from './errors.ts';

/**
 * Codes of the network and of PostgreSQL (documentation, appendix A): no connection, no resources, stopping, closed for maintenance, read only,
 * over a time limit (57014, 55P03, 25P03), rolled back in favour of another transaction (40001, 40P01), and of Citus: a row's place is being moved
 * (CIINF).
 */
const CODES =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOENT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|08\w{3}|53\w{3}|57\w{3}|55000|55P03|25006|25P03|28P01|3D000|40001|40P01|CIINF)$/;

/** Messages of pg that have no code: a lost connection, an exhausted or closed pool, a server that does not answer. */
const WORDS =
  /timeout exceeded when trying to connect|Connection terminated|connection error and is not queryable|Cannot use a pool after|Query read timeout/i;

/**
 * Whether an error of a query or a pool means that the database is temporarily unavailable: a connection is refused or lost, the pool is
 * exhausted, PostgreSQL is stopping, out of resources or over a time limit. The same call may work later. False for everything else.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  return CODES.test(codeOf(error)) || (error instanceof Error && WORDS.test(error.message));
}
