/** Checks that ports are free before anything is started. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Listens on each port for a moment. Another program may take it later. @throws the system's error for the first port that cannot be used,
 * with its `port`: EADDRINUSE, EACCES, EADDRNOTAVAIL.
 */
export async function assertPortsFree(host: string, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const probe = createServer().listen(port, host);
    await once(probe, 'listening'); // rejects with an 'error'
    probe.close();
    await once(probe, 'close');
  }
}
