/** The network's commands against the network of a test: in the test's process, or in a process as an operator runs them. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../src/process/commands/command-line.ts';
import type { TestNetwork } from './running-network.ts';
import { PROGRAM_ENV } from './serving-process.ts';

export const BIN = fileURLToPath(new URL('../bin/payment-passkeys-network.mjs', import.meta.url));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a command runs. */
interface Place {
  readonly network: TestNetwork;
  /** Settings in addition to those of the network. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

export function environmentOf({ network, settings = {} }: Place): Readonly<Record<string, string>> {
  return { ...PROGRAM_ENV, DATABASE_URL: network.database.url, DATA_DIR: network.dataDir, ...settings };
}

/** Runs the command in the test's own process. */
export async function runCommand(args: readonly string[], place: Place): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const code = await runCommandLine(args, {
    env: environmentOf(place),
    clock: () => new Date(),
    print: (line) => (written.stdout += `${line}\n`),
    log: (line) => (written.stderr += `${line}\n`),
  });
  return { code, ...written };
}

/** Runs the command in its own process, as an operator does. */
export function runProgramIn(folder: string, args: readonly string[], place: Place): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { env: environmentOf(place), cwd: folder };
    const child = execFile(process.execPath, ['--conditions=source', BIN, ...args], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}
