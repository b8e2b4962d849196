/** The entry of the console. */
import { ConsoleApp } from './app.ts';
import { DOCUMENT_LANGUAGE } from './language.ts';

Object.assign(document.documentElement, DOCUMENT_LANGUAGE);
customElements.define('console-app', ConsoleApp);
