/** The program: the command line in a process of its own. The only reader of process.env. */
import cluster from 'node:cluster';
import { runCommandLine } from './process/commands/command-line.ts';

const exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  clock: () => new Date(),
  print: (line) => console.log(line),
  log: (line) => console.error(line),
});
if (exitCode !== 0) {
  process.exitCode = exitCode;
  cluster.worker?.disconnect(); // else the channel to the primary would keep the process alive
}
