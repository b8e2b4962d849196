/** The errors of this package: one class with a closed set of codes. Every message says what to do. */

export type StorageErrorCode =
  /** DATA_DIR cannot be written, or belongs to another user. */
  | 'DATA_DIR_UNUSABLE'
  /** Another process holds DATA_DIR. */
  | 'DATA_DIR_IN_USE'
  /** No embedded PostgreSQL for this platform, or its libraries are not linked. */
  | 'EMBEDDED_UNAVAILABLE'
  /** Run as root: the unprivileged user of the server has no access to its files. */
  | 'EMBEDDED_UNREACHABLE'
  | 'EMBEDDED_START_FAILED'
  /** Every port that was tried on 127.0.0.1 was taken. */
  | 'EMBEDDED_PORT_TAKEN'
  /** Another process has been starting or stopping the embedded server for too long. */
  | 'EMBEDDED_BUSY'
  | 'DATABASE_URL_INVALID'
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_AUTHENTICATION_FAILED'
  | 'DATABASE_MISSING'
  | 'SERVER_TOO_OLD'
  /** A pooler in front of the server does not support prepared statements per client. */
  | 'POOLER_UNSUITABLE'
  /** A transaction's COMMIT was answered by ROLLBACK: a statement in it had failed, and the code had ignored the failure. */
  | 'TRANSACTION_ABORTED'
  /**
   * The folder cannot be read, or holds a file whose name is not like 0001-what-it-does.sql or whose first line is unknown to the runner.
   */
  | 'MIGRATIONS_INVALID'
  /** The database holds a migration that the folder lacks and that is not compatible: it is ahead of this program. */
  | 'MIGRATION_MISSING'
  /** A migration's file differs from the one that was applied. */
  | 'MIGRATION_CHANGED'
  /** A migration that was not applied comes before one that was. */
  | 'MIGRATION_OUT_OF_ORDER'
  | 'MIGRATION_FAILED'
  /** Other transactions stayed open for so long that a migration did not get its locks. */
  | 'MIGRATION_LOCKED';

/** Thrown by this package for a cause that the operator can remove. The message never holds a password; the cause is kept for the log. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The `code` of a system or PostgreSQL error, '' for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
