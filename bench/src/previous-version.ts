/**
 * The previous version, which the run measures beside this one: the same repository at an earlier commit, in its own folder with the
 * dependencies of that commit. It is made once and kept for later runs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { REPOSITORY } from './network-under-test.ts';

/** The last commit before the statements of a session were joined. */
const COMMIT = '6111d3fde0a4';

/** Git ignores `.cache`. It is not in node_modules, where Node strips no types. */
const FOLDER = path.join(REPOSITORY, '.cache', `bench-${COMMIT}`);

export type PreviousVersion = { readonly checkout: string } | { readonly missing: string };

export async function openPreviousVersion(log: (line: string) => void): Promise<PreviousVersion> {
  if (existsSync(FOLDER)) return { checkout: FOLDER };
  if (run('git', ['cat-file', '-e', `${COMMIT}^{commit}`], REPOSITORY) !== undefined)
    return { missing: `this clone has no commit ${COMMIT.slice(0, 7)} (a shallow clone: git fetch --unshallow)` };
  log(`Installing the version before, ${COMMIT.slice(0, 7)} (npm ci)`);
  const unfinished = `${FOLDER}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const archive = path.join(unfinished, 'source.tar');
  const failure =
    run('git', ['archive', '-o', archive, COMMIT], REPOSITORY) ??
    run('tar', ['-xf', archive, '-C', unfinished], REPOSITORY) ??
    run(
      'npm',
      ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '-w', 'packages/network'],
      unfinished,
    );
  if (failure !== undefined) return { missing: `the version before could not be installed: ${failure}` };
  // The files for browsers are copied from this version: to build them, the earlier commit would need its development dependencies.
  for (const name of ['page', 'console', 'reference'])
    await cp(path.join(REPOSITORY, 'packages', name, 'dist'), path.join(unfinished, 'packages', name, 'dist'), {
      recursive: true,
    });
  await rename(unfinished, FOLDER);
  return { checkout: FOLDER };
}

/** Answers the error of a command that failed; undefined for a success. */
function run(command: string, args: readonly string[], cwd: string): string | undefined {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim().slice(-300)) || `${command} ended with ${status}`;
}
