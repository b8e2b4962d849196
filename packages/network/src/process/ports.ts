/** Whether ports can be listened on, asked before anything is started behind them. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Listens on each for a moment. It may be taken by another program later.
 *
 * @throws the system's error for the first that cannot be had, with its `port`: EADDRINUSE, EACCES, EADDRNOTAVAIL.
 */
export async function assertPortsFree(host: string, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const probe = createServer().listen(port, host);
    await once(probe, 'listening'); // rejects with an 'error'
    probe.close();
    await once(probe, 'close');
  }
}
