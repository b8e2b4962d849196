/** Closes the servers of bank and shop in the same way as the network's. */
import type { Server } from 'node:http';
import { prepareDrain } from '@payment-passkeys/network';

const RUNNING_SECONDS = 10;

/**
 * Call it before the server listens, because it watches the running requests. Returns a function that waits for those requests, and then
 * closes the server.
 */
export function closeServer(app: { readonly server: Server; close(): Promise<unknown> }): () => Promise<void> {
  const drain = prepareDrain(app.server, { delaySeconds: 0, timeoutSeconds: RUNNING_SECONDS });
  return async () => {
    await drain.stop();
    await app.close();
  };
}
