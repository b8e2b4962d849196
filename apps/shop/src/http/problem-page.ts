/** Pages for what went wrong with a request: plain words, and nothing of the machinery. */
import { html } from 'ghtml';
import { type BareFrame, buildPage, type Frame } from '../layout.ts';

const PROBLEMS = {
  400: 'problem400',
  403: 'problem403',
  404: 'problem404',
  422: 'problem400',
  429: 'problem429',
  500: 'problem500',
  503: 'problem503',
} as const;

export type ProblemStatus = keyof typeof PROBLEMS;

export function isProblemStatus(status: number): status is ProblemStatus {
  return Object.hasOwn(PROBLEMS, status);
}

export function buildProblemPage(frame: Frame | BareFrame, status: ProblemStatus): string {
  const { language } = frame;
  const heading = language.say('problemHeading');
  return buildPage({
    ...frame,
    title: heading,
    main: html`<div class="column narrow"><h1>${heading}</h1><p class="lead">${language.say(PROBLEMS[status])}</p>
<p><a class="primary" href="/">${language.say('toStart')}</a></p></div>`,
  });
}
