#!/usr/bin/env -S node --conditions=source
// Starts the command line on the Node that the project pins; where that is not installed, on Node 24 or newer.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { endWithLauncher } from '../src/process/end-with-launcher.mjs';

const main = new URL('../src/main.ts', import.meta.url);
const pinned = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
const isPinned = !existsSync(pinned) || realpathSync(pinned) === realpathSync(process.execPath);
if (isPinned && Number(process.versions.node.split('.')[0]) < 24) {
  console.error('Node.js 24 or newer is needed: run npm install in the repository, or put a newer node on the PATH.');
  process.exit(1);
}
endWithLauncher(process.env);
if (isPinned && process.execArgv.includes('--conditions=source')) {
  await import(main.href);
} else {
  const node = isPinned ? process.execPath : pinned;
  const child = spawn(node, ['--conditions=source', fileURLToPath(main), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGTERM' ? 143 : 130)));
}
