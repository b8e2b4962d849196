/** The alert above a form: why the input is not accepted. */
import { html } from 'ghtml';
import type { Language } from '../language.ts';
import { buildHelp } from '../outcome-page.ts';

export interface FormProblem {
  readonly text: string;
  /** For the support; absent if the shopper can correct the form. */
  readonly code?: string;
}

export function buildProblem({ text, code }: FormProblem, language: Language): string {
  return html`<div class="alert" role="alert"><p>${text}</p>!${code ? html`<p class="help">!${buildHelp(code, language)}</p>` : ''}</div>`;
}

/** An empty, hidden alert that a script fills in. */
export function buildHiddenProblem(language: Language): string {
  return html`<div class="alert" role="alert" id="problem" hidden><p></p><p class="help" hidden>!${buildHelp('', language)}</p></div>`;
}
