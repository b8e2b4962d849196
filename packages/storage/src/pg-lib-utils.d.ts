/** node-postgres exports the file, and @types/pg does not know it. */
declare module 'pg/lib/utils.js' {
  /** What is sent for a value: text, bytes, or null for null and undefined. */
  export function prepareValue(value: unknown): string | Buffer | null;
}
