/** The page for a request that failed: plain words, and no technical detail. */
import type { Problem, ProblemStatus } from '@payment-passkeys/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { anyFrameOf } from './frame.ts';
import type { TextName } from './language.ts';
import { buildPage } from './layout.ts';

const UNREADABLE = ['problem.unreadable', 'problem.unreadableText'] as const;

const PROBLEMS = {
  400: UNREADABLE,
  403: ['problem.stale', 'problem.staleText'],
  404: ['problem.nothing', 'problem.nothingText'],
  422: UNREADABLE,
  429: ['problem.many', 'problem.manyText'],
  500: ['problem.fault', 'problem.faultText'],
  503: ['problem.busy', 'problem.busyText'],
} as const satisfies Readonly<Record<ProblemStatus, readonly [heading: TextName, sentence: string]>>;

/** 429 shows the minutes to wait; 500 shows the request's id, which a customer can tell the support. */
export function buildProblemPage(
  { status, retryAfterSeconds = 0 }: Problem,
  request: FastifyRequest,
  reply: FastifyReply,
): string {
  const frame = anyFrameOf(request, reply);
  const { language } = frame;
  const [title, text] = PROBLEMS[status];
  const minutes = Math.max(1, Math.ceil(retryAfterSeconds / 60));
  const heading = language.text(title);
  const requestId = html`<code translate="no">${request.id}</code>`;
  return buildPage({
    frame,
    title: heading,
    main: html`<div class="column narrow outcome">
<h1>${heading}</h1>
<p class="lead">${text === 'problem.manyText' ? language.count(text, minutes) : language.text(text)}</p>
!${status === 500 ? html`<p class="code">!${language.html('problem.request', { id: requestId })}</p>` : ''}
<p><a class="primary" href="/">${language.text('problem.toStart')}</a></p>
</div>`,
  });
}
