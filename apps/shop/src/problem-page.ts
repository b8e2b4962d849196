/** The page for a request that failed: plain words, and no technical detail. */
import type { Problem, ProblemStatus } from '@payment-passkeys/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { anyFrameOf } from './frame.ts';
import type { TextName } from './language.ts';
import { buildPage } from './layout.ts';

const SENTENCES: Readonly<Record<ProblemStatus, TextName>> = {
  400: 'problem400',
  403: 'problem403',
  404: 'problem404',
  422: 'problem400',
  429: 'problem429',
  500: 'problem500',
  503: 'problem503',
};

export function buildProblemPage({ status }: Problem, request: FastifyRequest, reply: FastifyReply): string {
  const frame = anyFrameOf(request, reply);
  const { language } = frame;
  const heading = language.text('problemHeading');
  return buildPage({
    ...frame,
    title: heading,
    main: html`<div class="column narrow"><h1>${heading}</h1><p class="lead">${language.text(SENTENCES[status])}</p>
<p><a class="primary" href="/">${language.text('toStart')}</a></p></div>`,
  });
}
