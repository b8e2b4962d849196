/** The part of pg 8.23 that {@link file://./known-query.ts} uses and that has no type declaration. */
declare module 'pg/lib/utils.js' {
  /** As pg sends a value: bytes as they are, everything else as PostgreSQL's text. */
  export function prepareValue(value: unknown): Buffer | string | null;
}
