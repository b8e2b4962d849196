/** PostgreSQL for a server: opened, migrated, and used in transactions. */

export type { TimeLimits } from './connection.ts';
export type { Database } from './database.ts';
export { StorageError, type StorageErrorCode } from './errors.ts';
export { type HoldOptions, holdFolder, makeFolder } from './folder.ts';
export { type MigrateOptions, migrate } from './migrate.ts';
export { findObjections, type Objection } from './migration-rules.ts';
export { type OpenDatabaseOptions, openDatabase } from './open-database.ts';
export {
  type Column,
  type Columns,
  column,
  columnNames,
  fieldsOf,
  type NewRowOf,
  newValues,
  notNull,
  nullable,
  outer,
  type RowOf,
  rowValues,
  selectList,
} from './sql/columns.ts';
export { execute, type Queryable, query, type Statement, statement, type Values } from './sql/statement.ts';
export { identifier, joinSql, literals, type Sql, sql } from './sql/template.ts';
export { inTransaction } from './transaction.ts';
export { isDatabaseUnavailable } from './unavailable.ts';
export { findFaultOfParameters } from './url-parameters.ts';
