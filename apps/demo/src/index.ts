/** Network and bank together, for a laptop and for the tests in a browser. */
export { type Demo, type DemoOptions, startDemo } from './start-demo.ts';
