/**
 * Started with a folder and a pipe as its standard input. When the pipe closes, because the test wants it or because the test process is gone,
 * it ends every process that works in the folder, and deletes the folder.
 */
import { rmSync } from 'node:fs';
import { endLeftovers } from './leftover-processes.mjs';

const [, , folder = ''] = process.argv;

const closed = new Promise((resolve) => process.stdin.once('end', resolve).once('error', resolve).resume());
await closed;
await endLeftovers(folder, 0);
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
process.exit(); // what is left of the pipe could keep it running
