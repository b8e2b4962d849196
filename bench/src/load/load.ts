/** Starts and controls the load generator. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadJob, LoadResult } from './job.ts';

export interface Load {
  /** Throws when anything was refused or failed: then there is nothing to compare. */
  run(job: LoadJob): Promise<LoadResult>;
  stop(): void;
}

const GENERATOR = fileURLToPath(new URL('generator.ts', import.meta.url));

export function startLoad(): Load {
  const child = fork(GENERATOR, { execArgv: ['--conditions=source'] });
  return {
    run: async (job) => {
      const result = await ask(child, job);
      const failed = Object.entries(result.failures).map(([said, count]) => `${count} times ${said}`);
      if (failed.length > 0)
        throw new Error(`Under load, of ${result.completed} enrolments failed: ${failed.join('; ')}`);
      return result;
    },
    stop: () => void child.kill(),
  };
}

type Reply = { readonly result: LoadResult } | { readonly error: string };

function ask(child: ChildProcess, job: LoadJob): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('The load generator has ended.'));
    child.once('exit', onExit);
    child.once('message', (reply: Reply) => {
      child.off('exit', onExit);
      if ('result' in reply) resolve(reply.result);
      else reject(new Error(reply.error));
    });
    child.send(job);
  });
}
