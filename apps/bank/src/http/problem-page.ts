/** Pages for what went wrong with a request: plain words, and nothing of the machinery. */
import { html } from 'ghtml';
import type { BareFrame } from '../frame.ts';
import type { TextName } from '../language.ts';
import { buildPage } from '../layout.ts';

const UNREADABLE = ['problem.unreadable', 'problem.unreadableText'] as const;

const PROBLEMS = {
  400: UNREADABLE,
  403: ['problem.stale', 'problem.staleText'],
  404: ['problem.nothing', 'problem.nothingText'],
  422: UNREADABLE,
  429: ['problem.many', 'problem.manyText'],
  500: ['problem.fault', 'problem.faultText'],
  503: ['problem.busy', 'problem.busyText'],
} as const satisfies Readonly<Record<number, readonly [heading: TextName, sentence: string]>>;

export type ProblemStatus = keyof typeof PROBLEMS;

export function isProblemStatus(status: number): status is ProblemStatus {
  return Object.hasOwn(PROBLEMS, status);
}

export interface ProblemPage {
  readonly frame: BareFrame;
  readonly status: ProblemStatus;
  /** How long to wait before another try; said of 429, in minutes. */
  readonly retryAfterSeconds: number | undefined;
  /** What a customer may name on the phone. */
  readonly requestId: string | undefined;
}

export function buildProblemPage({ frame, status, retryAfterSeconds = 0, requestId }: ProblemPage): string {
  const { language } = frame;
  const [title, text] = PROBLEMS[status];
  const minutes = Math.max(1, Math.ceil(retryAfterSeconds / 60));
  const heading = language.say(title);
  return buildPage({
    frame,
    title: heading,
    main: html`<div class="column narrow outcome">
<h1>${heading}</h1>
<p class="lead">${text === 'problem.manyText' ? language.count(text, minutes) : language.say(text)}</p>
!${requestId ? html`<p class="code">!${language.html('problem.request', { id: html`<code translate="no">${requestId}</code>` })}</p>` : ''}
<p><a class="primary" href="/">${language.say('problem.toStart')}</a></p>
</div>`,
  });
}
