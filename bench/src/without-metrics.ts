/**
 * Preloaded (`node --import`) to run the network without metrics: it has no switch for them, so the counting functions are replaced by
 * empty ones.
 */
import { createRequire } from 'node:module';

// The network's own copy of the package, not one of this folder.
const require = createRequire(new URL('../../packages/network/package.json', import.meta.url));
const { Counter, Histogram } = require('prom-client');
// Each instance takes its `observe` or `inc` from these.
Histogram.prototype.observeWithoutExemplar = () => {};
Counter.prototype.incWithoutExemplar = () => {};
