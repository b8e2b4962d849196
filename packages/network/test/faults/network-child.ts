/** The program of the network's process: it loads everything, waits for the message `start`, and then does what `serve` does. */
import { flushCompileCache } from 'node:module';
import { readConfig, startNetwork } from '../../src/index.ts';
import type { ChildReport } from './network-process.ts';

const report = (message: ChildReport) => process.send?.(message);

process.once('message', () => {
  startNetwork({ config: { ...readConfig(process.env), port: 0 }, clock: () => new Date() }).then(
    ({ address }) => report({ address }),
    (error: Error) => report({ failure: error.stack ?? error.message }),
  );
});
flushCompileCache(); // Node writes it at exit, which a killed process does not reach
process.once('disconnect', () => process.exit());
report({ loaded: true });
