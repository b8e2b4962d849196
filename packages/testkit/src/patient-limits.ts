/**
 * Settings of a network in tests: how long it waits for the database, in seconds. Tests hold locks and send many calls at once on purpose, and the
 * machine may be busy, so with the usual limits a call would be answered by 503.
 */
export const PATIENT_LIMITS = {
  DATABASE_CONNECT_TIMEOUT: '60',
  DATABASE_STATEMENT_TIMEOUT: '60',
  DATABASE_LOCK_TIMEOUT: '60',
} as const;
