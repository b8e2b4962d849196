/** Network, bank and shop together, for a laptop and for the tests in a browser. */
export type { DemoOptions, StartProvider } from './party-start.ts';
export { type Demo, startDemo } from './start-demo.ts';
