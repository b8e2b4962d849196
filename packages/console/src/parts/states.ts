/** What a screen shows in place of its content: loading, empty, failed. */
import type { Task } from '@lit/task';
import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../icons.ts';
import { ApiProblem, describeProblem } from '../problem.ts';
import { say } from '../texts.ts';

/** Grey lines in the place of `rows` lines of text. They appear only when the answer takes long, so that a fast one does not flash. */
export function waiting(rows = 6): TemplateResult {
  return html`<div class="skeleton" role="status" aria-label=${say('loading')}>
    ${Array.from({ length: rows }, () => html`<div class="bar"></div>`)}
  </div>`;
}

interface EmptyWords {
  readonly title: string;
  readonly text?: string;
  /** A button or a link. */
  readonly action?: TemplateResult;
}

export function empty({ title, text, action }: EmptyWords): TemplateResult {
  return html`<div class="empty"><h2>${title}</h2>${text === undefined ? nothing : html`<p>${text}</p>`}${action ?? nothing}</div>`;
}

/** What went wrong, with a button that tries again if another try can help. */
export function failed(error: unknown, again: () => void): TemplateResult {
  const useless = error instanceof ApiProblem && [400, 403, 404].includes(error.status);
  return html`<div class="failed" role="alert">
    ${icon('warning')}
    <p>${describeProblem(error)}</p>
    ${useless ? nothing : html`<button type="button" @click=${again}>${say('tryAgain')}</button>`}
  </div>`;
}

/** The problem of a form's last try, above its buttons. Shown in addition to the errors at the fields: an error may be about none of the fields. */
export function problemLine(problem: unknown): TemplateResult | typeof nothing {
  return problem === undefined ? nothing : html`<p class="error" role="alert">${describeProblem(problem)}</p>`;
}

/** The view of a task's value. While a new value is loaded, the last one stays, so that the page does not jump. */
export function loaded<Value>(
  task: Task<readonly unknown[], Value>,
  view: (value: Value) => TemplateResult,
  rows = 6,
): TemplateResult {
  return task.render({
    initial: () => waiting(rows),
    pending: () =>
      task.value === undefined
        ? waiting(rows)
        : html`<div class="reloading" aria-busy="true">${view(task.value)}</div>`,
    error: (error) => failed(error, () => void task.run()),
    complete: (value) => html`<div>${view(value)}</div>`,
  }) as TemplateResult; // every case has a template
}
