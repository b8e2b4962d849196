/** Pages for what went wrong with a request: plain words, and nothing of the machinery. */
import { html } from 'ghtml';
import { buildPage, type Frame } from '../layout.ts';

const PROBLEMS = {
  400: 'problem400',
  403: 'problem403',
  404: 'problem404',
  429: 'problem429',
  500: 'problem500',
} as const;

export type ProblemStatus = keyof typeof PROBLEMS;

export function readProblemStatus(status: number): ProblemStatus {
  if (status in PROBLEMS) return status as ProblemStatus;
  return status >= 400 && status < 500 ? 400 : 500;
}

export function buildProblemPage(frame: Frame, status: ProblemStatus): string {
  const { language } = frame;
  const heading = language.say('problemHeading');
  return buildPage({
    ...frame,
    title: heading,
    main: html`<div class="column narrow"><h1>${heading}</h1><p class="lead">${language.say(PROBLEMS[status])}</p>
<p><a class="primary" href="/">${language.say('toStart')}</a></p></div>`,
  });
}
