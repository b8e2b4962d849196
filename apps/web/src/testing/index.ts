/** For the tests of a website's pages. */
export { type Browser, headingOf, hiddenFieldsOf, openBrowser, plainTextOf, textOf } from './browser.ts';
