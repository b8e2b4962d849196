/** What a page requested, in order: attached to a test that fails, so that a rare failure can be explained afterwards. */
import type { Page, Request, TestInfo } from '@playwright/test';

/** Only the last lines are kept, because they led to the failure. */
const KEPT_LINES = 80;
const SHOWN_CHARACTERS = 300;

/** Call the result when the test is over. */
export function keepJournal(page: Page): (info: TestInfo) => Promise<void> {
  const start = performance.now();
  const lines: string[] = [];
  const note = (line: string) => {
    lines.push(`${Math.round(performance.now() - start)} ms ${line.slice(0, SHOWN_CHARACTERS)}`);
    if (lines.length > KEPT_LINES) lines.shift();
  };
  page.on('request', (request) => note(`> ${describe(request)}`));
  page.on('response', (response) => note(`< ${response.status()} ${describe(response.request())}`));
  page.on('requestfailed', (request) => note(`! ${request.failure()?.errorText} ${describe(request)}`));
  page.on('framenavigated', (frame) => note(`at ${frame.url()}`));
  page.on('load', () => note('loaded'));
  page.on('pageerror', (error) => note(`error ${error.message}`));
  return async (info) => {
    if (info.status === info.expectedStatus) return;
    await info.attach('journal', { body: lines.join('\n'), contentType: 'text/plain' });
  };
}

function describe(request: Request): string {
  return `${request.method()} ${request.isNavigationRequest() ? 'document ' : ''}${request.url()}`;
}
