/** Vitest's globalSetup: one embedded PostgreSQL in a temporary folder for the whole run. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDatabase } from '@payment-passkeys/storage';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the server that `createThrowawayDatabase` uses. */
    throwawayServerUrl: string;
  }
}

export default async function startServer(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'payment-passkeys-test-'));
  // Started as root, the server runs as another user, who must be able to enter the folder.
  await chmod(dataDir, 0o711);
  const server = await openDatabase({ dataDir, name: 'throwaway' }).catch(async (error: unknown) => {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  });
  // A connection hashes the password this often, here and in the server: 4096 times by default, which is for passwords that people choose.
  await server.pool.query(
    `SET scram_iterations = 1; ALTER ROLE CURRENT_USER PASSWORD '${new URL(server.url).password}'`,
  );
  project.provide('throwawayServerUrl', server.url);
  return async () => {
    // A connection that a test left open must not keep the server running.
    await server.pool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND datname NOT IN ($1, $2)',
      ['postgres', 'throwaway'],
    );
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  };
}
