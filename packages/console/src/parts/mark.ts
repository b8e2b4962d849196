/** A status: a shape and a word, so that it is never told by colour alone. */
import { html, type SVGTemplateResult, svg, type TemplateResult } from 'lit';

/** `good` works, `notice` wants a look, `bad` failed or is blocked, `busy` is not over, `quiet` is over or off. */
export type MarkKind = 'good' | 'notice' | 'bad' | 'busy' | 'quiet';

const SHAPES: Readonly<Record<MarkKind, SVGTemplateResult>> = {
  good: svg`<circle cx="6" cy="6" r="6" /><path d="m3.3 6.2 1.9 1.9 3.6-4" />`,
  notice: svg`<path class="body" d="M6 .6 12 11.4H0z" /><path d="M6 4.6v3M6 9.4v.05" />`,
  bad: svg`<rect width="12" height="12" rx="2.5" /><path d="m3.7 3.7 4.6 4.6m0-4.6L3.7 8.3" />`,
  busy: svg`<circle class="ring" cx="6" cy="6" r="5" /><path class="body" d="M6 3v3l2 1.4" />`,
  quiet: svg`<circle class="ring" cx="6" cy="6" r="5" />`,
};

export function mark(kind: MarkKind, text: unknown): TemplateResult {
  return html`<span class="mark ${kind}"><svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">${SHAPES[kind]}</svg>${text}</span>`;
}
