/** What is wrong with what a form was sent with, above the form. */
import { html } from 'ghtml';
import type { Language } from '../language.ts';
import { buildHelp } from '../outcome-page.ts';

export interface FormProblem {
  readonly text: string;
  /** Absent where the shopper can put it right in the form. */
  readonly code?: string;
}

export function buildProblem({ text, code }: FormProblem, language: Language): string {
  return html`<div class="alert" role="alert"><p>${text}</p>!${code ? html`<p class="help">!${buildHelp(code, language)}</p>` : ''}</div>`;
}

/** The same, empty and hidden, for a script to fill in. */
export function buildHiddenProblem(language: Language): string {
  return html`<div class="alert" role="alert" id="problem" hidden><p></p><p class="help" hidden>!${buildHelp('', language)}</p></div>`;
}
