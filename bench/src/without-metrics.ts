/** Preloaded (`node --import`) where the network is to run unobserved: it has no switch for its metrics, so what counts is made to do nothing. */
import { createRequire } from 'node:module';

// The network's own copy, not one of this folder.
const require = createRequire(new URL('../../packages/network/package.json', import.meta.url));
const { Counter, Histogram } = require('prom-client');
Histogram.prototype.observe = () => {};
Counter.prototype.inc = () => {};
