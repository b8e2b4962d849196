/** Closes the bank's and the shop's server as the network's closes. */
import type { Server } from 'node:http';
import { prepareDrain } from '@payment-passkeys/network';

const RUNNING_SECONDS = 10;

/** To be called before the server listens: it watches which requests run. The answered function finishes those, and closes. */
export function closeServer(app: { readonly server: Server; close(): Promise<unknown> }): () => Promise<void> {
  const drain = prepareDrain(app.server, { delaySeconds: 0, timeoutSeconds: RUNNING_SECONDS });
  return async () => {
    await drain.stop();
    await app.close();
  };
}
