/** The commands for the service: run it, migrate its database, check its configuration. */
import { lookup } from 'node:dns/promises';
import { availableParallelism } from 'node:os';
import { readConfig } from '../../platform/config/config.ts';
import { type Call, type Command, UsageError } from './command.ts';
import { withDatabase } from './with-database.ts';

export const SERVICE_COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    operands: [],
    options: ['workers'],
    summary:
      'run the service; the port opens when it is ready. In N processes, or as many\nas there are processors: SIGHUP replaces them one by one',
    run: async ({ env, clock, log, options }) => {
      const workers = readWorkers(options.workers);
      // Loaded here: the other commands do not need the server.
      const { serve } = await import('../serve.ts');
      return serve({ config: readConfig(env), clock, log, workers });
    },
  },
  {
    name: 'migrate',
    operands: [],
    options: [],
    summary: 'bring the database up to date',
    run: (call) => withDatabase(call, async () => call.print('The database is up to date.')),
  },
  {
    name: 'doctor',
    operands: [],
    options: ['json'],
    summary: 'say what is wrong with the configuration; exit code 1 where something is',
    run: printExamination,
  },
];

const MAX_WORKERS = 256;

function readWorkers(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (value === 'auto') return availableParallelism();
  const count = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (count < 1 || count > MAX_WORKERS)
    throw new UsageError(`--workers has to be auto, or a number from 1 to ${MAX_WORKERS}.`);
  return count;
}

async function printExamination({ env, clock, print, options }: Call): Promise<void> {
  const resolves = (hostname: string) =>
    lookup(hostname).then(
      () => true,
      () => false,
    );
  const { examine } = await import('../doctor.ts');
  const findings = await examine({ env, clock, resolves });
  if (options.json) print(JSON.stringify(findings, null, 2));
  else for (const { verdict, about, text } of findings) print(`${verdict.padEnd(7)}  ${about}: ${text}`);
  if (findings.some(({ verdict }) => verdict === 'WRONG')) process.exitCode = 1;
}
