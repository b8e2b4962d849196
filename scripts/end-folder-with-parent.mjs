/**
 * Started with a folder and a pipe as its standard input. When the test closes the pipe, or the test process ends, it ends every process that works
 * in the folder, and deletes the folder.
 */
import { rmSync } from 'node:fs';
import { endLeftovers } from './leftover-processes.mjs';

const [, , folder = ''] = process.argv;

const closed = new Promise((resolve) => process.stdin.once('end', resolve).once('error', resolve).resume());
await closed;
await endLeftovers(folder, 0);
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
process.exit(); // the closed pipe could keep this process running
