#!/usr/bin/env -S node --conditions=source
// Starts the command line on Node 24 or newer; on an older Node it hands over to the one that the project pins.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../src/main.ts', import.meta.url);
if (Number(process.versions.node.split('.')[0]) >= 24 && process.execArgv.includes('--conditions=source')) {
  await import(main.href);
} else {
  const pinned = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
  if (!existsSync(pinned)) {
    console.error('Node.js 24 or newer is needed: run npm install in the repository, or put a newer node on the PATH.');
    process.exit(1);
  }
  const child = spawn(pinned, ['--conditions=source', fileURLToPath(main), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGTERM' ? 143 : 130)));
}
