/** The end of a session deletes what is known of its accounts. */
import { type Sql, sql } from '@payment-passkeys/storage';

/** For SET. A statement that ends a session sets these columns and never `accounts` alone: a test checks every statement. */
export const ACCOUNTS_DELETED: Sql<never> = sql`accounts = NULL, account_indexes = NULL, account_kinds = NULL, account_key_versions = NULL`;
