/** Work that no request waits for: at intervals, and at once when asked. */
import type { FastifyInstance } from 'fastify';

export interface BackgroundJob {
  /** Runs the job soon. If it is running, it runs once more afterwards. */
  start(): void;
}

/**
 * The job runs when the server is ready and then at each interval, one run at a time. `close()` of the server aborts the signal and waits for
 * the run. Errors are logged.
 */
export function runInBackground(
  app: FastifyInstance,
  {
    name,
    everySeconds,
    run,
  }: {
    readonly name: string;
    readonly everySeconds: number;
    /** `closing` aborts when the server closes. */
    readonly run: (closing: AbortSignal) => Promise<unknown>;
  },
): BackgroundJob {
  let running: Promise<void> | undefined;
  let isWanted = false;
  const closing = new AbortController();
  const loop = async () => {
    while (isWanted && !closing.signal.aborted) {
      isWanted = false;
      await run(closing.signal).catch((error: unknown) =>
        app.log.error({ err: error, job: name }, 'a job in the background failed'),
      );
    }
    running = undefined;
  };
  const start = () => {
    isWanted = true;
    running ??= loop();
  };
  let timer: NodeJS.Timeout | undefined;
  app.addHook('onReady', async () => {
    start();
    timer = setInterval(start, everySeconds * 1000).unref();
  });
  app.addHook('onClose', async () => {
    closing.abort();
    clearInterval(timer);
    await running;
  });
  return { start };
}
