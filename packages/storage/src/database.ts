/** A database that is open. */
import type pg from 'pg';

export interface Database {
  readonly pool: pg.Pool;
  /** With user and password: for another connection, never for a log. */
  readonly url: string;
  /** Waits for running queries, ends the pool and, last one out, stops an embedded server. Again: the same promise. */
  close(): Promise<void>;
}
