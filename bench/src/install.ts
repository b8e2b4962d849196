/** Installs the peers when they are needed. They are dependencies of this folder only, so `npm ci` in the repository stays small. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const BENCH = fileURLToPath(new URL('..', import.meta.url));
/** Contains the hash of the installed lock file. */
const STAMP = path.join(BENCH, 'node_modules', '.payment-passkeys-bench');

export function installPeers(log: (line: string) => void): void {
  const lock = readFileSync(path.join(BENCH, 'package-lock.json'));
  const lockHash = createHash('sha256').update(lock).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lockHash) return;
  log('Installing the peers (npm ci in bench/)');
  const { status, stdout, stderr, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: BENCH,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm ci in bench/ failed: ${error?.message ?? ''}${stdout}${stderr}`);
  writeFileSync(STAMP, lockHash);
}
