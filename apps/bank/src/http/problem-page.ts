/** Pages for what went wrong with a request: plain words, and nothing of the machinery. */
import { html } from 'ghtml';
import { buildPage } from '../layout.ts';

const PROBLEMS = {
  400: ['We could not read that', 'Something in the request was not right. Please go back and try again.'],
  403: [
    'This page is no longer current',
    'It was open too long, or you have signed in since. Please go back to the start and try again.',
  ],
  404: ['There is nothing here', 'The address may have been mistyped, or the page may have moved.'],
  422: ['We could not read that', 'Something in the request was not right. Please go back and try again.'],
  429: ['Too many attempts', 'To keep accounts safe we take a break here. Please wait five minutes and try again.'],
  500: ['Something went wrong here', 'It is our fault, and we are looking into it. Please try again in a moment.'],
  503: ['We are very busy just now', 'Nothing was changed. Please try again in a moment.'],
} as const;

export type ProblemStatus = keyof typeof PROBLEMS;

export function isProblemStatus(status: number): status is ProblemStatus {
  return Object.hasOwn(PROBLEMS, status);
}

/** `requestId` is what a customer may name on the phone. */
export function buildProblemPage({
  status,
  requestId,
}: {
  readonly status: ProblemStatus;
  readonly requestId?: string;
}): string {
  const [heading, sentence] = PROBLEMS[status];
  return buildPage({
    title: heading,
    main: html`<div class="column narrow outcome">
<h1>${heading}</h1>
<p class="lead">${sentence}</p>
!${requestId ? html`<p class="code">Request: <code>${requestId}</code></p>` : ''}
<p><a class="primary" href="/">Go to the start</a></p>
</div>`,
  });
}
