#!/usr/bin/env node
// The command line of the issuer kit.
import { runProbeCommand } from './command-line.ts';

process.exitCode = await runProbeCommand(process.argv.slice(2), {
  env: process.env,
  print: (line) => console.log(line),
  log: (line) => console.error(line),
});
