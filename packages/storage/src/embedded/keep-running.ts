/** Watches the presence connection to the embedded server, and restarts a server that has died. */
import type pg from 'pg';

/** The largest number of restarts within ten minutes; after that a restart does not repair the fault. */
const MAX_RESTARTS = 5;
const RESTART_WINDOW_MS = 600_000;

export interface KeepRunningOptions {
  readonly presence: pg.Client;
  /** Joins the server, after starting it if it does not run. */
  readonly rejoin: () => Promise<pg.Client>;
  /** Receives sentences for the operator. */
  readonly log: (line: string) => void;
  /** Milliseconds. */
  readonly now: () => number;
}

export interface Watch {
  /** Ends the watch; answers the current presence connection, which may be broken. */
  end(): Promise<pg.Client>;
}

export function keepRunning({ presence, rejoin, log, now }: KeepRunningOptions): Watch {
  let current = presence;
  let ended = false;
  let restarting: Promise<void> | undefined;
  const restarts: number[] = [];
  const restart = async () => {
    const recent = restarts.filter((at) => now() - at < RESTART_WINDOW_MS).length;
    if (recent === MAX_RESTARTS) {
      log(`The embedded PostgreSQL has ended ${MAX_RESTARTS + 1} times within ten minutes, and is not started again.`);
      return;
    }
    restarts.push(now());
    log('The embedded PostgreSQL has ended, and is started again.');
    try {
      current = await rejoin();
      log('The embedded PostgreSQL runs again.');
      watch();
    } catch (error) {
      log(`The embedded PostgreSQL could not be started again: ${error instanceof Error ? error.message : error}`);
    }
  };
  const watch = () => {
    current.once('end', () => {
      if (!ended) restarting = restart();
    });
  };
  watch();
  return {
    async end() {
      ended = true;
      await restarting;
      return current;
    },
  };
}
