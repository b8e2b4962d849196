/** The state that the parts of the assembled network share. */
import type pg from 'pg';
import type { createKeys } from './keys.ts';

export interface App {
  readonly pool: pg.Pool;
  readonly publicUrl: string;
  readonly keys: Awaited<ReturnType<typeof createKeys>>;
}
