/** The part of @fastify/rate-limit 11.2 that {@link file://./rate-limit.ts} uses and that has no type declaration. */
declare module '@fastify/rate-limit/store/LocalStore.js' {
  export interface Count {
    /** The calls in the current time window, this one included. */
    readonly current: number;
    /** The milliseconds until the window ends. */
    readonly ttl: number;
  }

  /** Counts in windows of a fixed length. Of more than `cache` keys, the least recently used are dropped. */
  export default class LocalStore {
    constructor(continueExceeding: boolean, exponentialBackoff: boolean, cache: number);
    /** Calls `callback` before it returns. `timeWindow` is in milliseconds. */
    incr(key: string, callback: (error: null, count: Count) => void, timeWindow: number, max: number): void;
  }
}
