/** For the tests of a website's pages. */
export {
  type Answer,
  type Browser,
  headingOf,
  hiddenFieldsOf,
  openBrowser,
  openHttpBrowser,
  plainTextOf,
  textOf,
} from './browser.ts';
