/** An open database. */
import type pg from 'pg';

export interface Database {
  readonly pool: pg.Pool;
  /** With user and password: for another connection, never for a log. */
  readonly url: string;
  /** Waits for running queries, ends the pool and, as the last user, stops an embedded server. Another call answers the same promise. */
  close(): Promise<void>;
}
