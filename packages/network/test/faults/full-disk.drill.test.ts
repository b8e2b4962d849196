/**
 * PostgreSQL's disk is full: what cannot be stored is answered 503, what is acknowledged is stored, and free space is enough to continue.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SESSIONS_PATH } from '@payment-passkeys/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findViolations } from './checker.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { readFinalState } from './final-state.ts';
import { runLane } from './lanes.ts';
import { type Stage, startStage } from './stage.ts';

const DISK_MEGABYTES = 128;
/** Ends a test that hangs. Every test needs less, also on a busy machine. */
const HUNG_MILLISECONDS = 300_000;

/** A small file system for the test; undefined when this user may not mount one. */
function mountDisk(): string | undefined {
  const disk = mkdtempSync(join(tmpdir(), 'network-faults-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MEGABYTES}m`, 'tmpfs', disk], { stdio: 'ignore' });
    return disk;
  } catch {
    rmdirSync(disk);
    return undefined;
  }
}

let disk: string | undefined;
let cluster: Cluster | undefined;
let stage: Stage | undefined;
beforeEach(async (context) => {
  disk = mountDisk();
  if (disk === undefined) {
    const note = 'A full disk needs a file system of its own: run as root, in a container with --cap-add SYS_ADMIN.';
    console.warn(note);
    return context.skip(note);
  }
  const folder = join(disk, 'data');
  mkdirSync(folder);
  cluster = await startCluster({ folder });
  stage = await startStage({ networkServerUrl: cluster.url });
}, HUNG_MILLISECONDS);
afterEach(async () => {
  if (disk === undefined) return;
  rmSync(join(disk, 'ballast'), { force: true });
  await stage?.stop();
  await cluster?.stop();
  execFileSync('umount', ['--lazy', disk]); // a process of the server may be about to exit
  rmdirSync(disk);
});

/** Fills the disk to the last byte. */
async function fillDisk(folder: string): Promise<void> {
  const ballast = await open(join(folder, 'ballast'), 'w');
  try {
    for (const block of [Buffer.alloc(1 << 20), Buffer.alloc(1 << 12)]) {
      for (let full = false; !full; ) {
        full = await ballast.write(block).then(
          ({ bytesWritten }) => bytesWritten < block.length,
          () => true,
        );
      }
    }
  } finally {
    await ballast.close();
  }
}

test(
  '503 with Retry-After while it is full, nothing lost, and everything goes on once there is room',
  async () => {
    if (disk === undefined || cluster === undefined || stage === undefined) throw new Error('It has been set up.');
    const { history, network, parties } = stage;
    await runLane(stage, { first: 0, over: (turn) => turn > 0 });
    await fillDisk(disk);
    const statuses: number[] = [];
    for (let calls = 0; calls < 2000 && statuses.filter((status) => status === 503).length < 20; calls++) {
      statuses.push((await parties.bank.startSession()).status);
    }
    // Rows that fit into existing pages are still stored (201). After that every answer is 503.
    expect(new Set(statuses.filter((status) => status !== 201))).toEqual(new Set([503]));
    expect((await fetch(`${network.address}/health/live`)).status).toBe(200);
    const ready = async () => (await fetch(`${network.address}/health/ready`)).status;
    await expect.poll(ready, { timeout: HUNG_MILLISECONDS }).toBe(503);
    rmSync(join(disk, 'ballast'));
    await expect.poll(ready, { timeout: HUNG_MILLISECONDS }).toBe(200);
    await expect.poll(async () => (await parties.bank.startSession()).status, { timeout: HUNG_MILLISECONDS }).toBe(201);
    await runLane(stage, { first: 1, over: (turn) => turn > 0 });
    const refused = history.exchanges.filter(({ answer, path }) => path === SESSIONS_PATH && answer?.status === 503);
    expect(refused.length).toBeGreaterThanOrEqual(20);
    expect(findViolations({ ...stage, state: await readFinalState(stage.database.pool) })).toEqual([]);
  },
  HUNG_MILLISECONDS,
);
