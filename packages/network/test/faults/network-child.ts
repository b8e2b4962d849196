/** What runs in the network's process: everything loaded, it waits for the word, and then does what `serve` does. */
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
flushCompileCache(); // by itself it is written at the end, and there will be none
process.once('disconnect', () => process.exit());
report({ loaded: true });
