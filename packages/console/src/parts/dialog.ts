/** Questions before something happens: a native modal dialog with a result. Focus goes back to where it was. */
import { html, nothing, render, type TemplateResult } from 'lit';
import { ApiProblem } from '../problem.ts';
import { say } from '../texts.ts';
import { openRegion } from './announce.ts';
import { type Choice, radioField, readForm } from './fields.ts';
import { problemLine } from './states.ts';

export interface Question {
  readonly title: string;
  /** What will happen. */
  readonly body?: TemplateResult | string;
  /** The verb on the button: "Suspend", "Remove Ada". */
  readonly action: string;
  /** The button is red, for what cannot be undone or stops someone from working. */
  readonly danger?: boolean;
  /** If given, one reason must be chosen. `perform` gets its value as `reason`. */
  readonly reasons?: { readonly label: string; readonly choices: readonly Choice[] };
  /** More fields, as templates of fields.ts; they get the problem of the last try. */
  readonly fields?: (problem: ApiProblem | undefined) => TemplateResult;
  /** Makes the change. The dialog shows its error, and stays open to try again or to leave. */
  readonly perform: (values: Readonly<Record<string, string>>) => Promise<void>;
}

/** Asks, performs, and answers whether it was done. */
export function ask(question: Question): Promise<boolean> {
  return openDialog<boolean>((close) => {
    const state: { busy: boolean; problem: unknown } = { busy: false, problem: undefined };
    const submit = async (event: SubmitEvent, draw: () => void) => {
      event.preventDefault();
      if (state.busy) return;
      const values = readForm(event.target as HTMLFormElement); // the form's own event
      Object.assign(state, { busy: true, problem: undefined });
      draw();
      try {
        await question.perform(values);
        close(true);
      } catch (error) {
        Object.assign(state, { busy: false, problem: error });
        draw();
      }
    };
    return (draw) =>
      viewQuestion(question, { ...state, submit: (event) => submit(event, draw), cancel: () => close(false) });
  }, false);
}

interface QuestionState {
  readonly busy: boolean;
  readonly problem: unknown;
  readonly submit: (event: SubmitEvent) => void;
  readonly cancel: () => void;
}

function viewQuestion(
  { title, body, action, danger, reasons, fields }: Question,
  state: QuestionState,
): TemplateResult {
  const { busy, problem, submit, cancel } = state;
  const known = problem instanceof ApiProblem ? problem : undefined;
  return html`<form @submit=${submit}>
    <h2 id="dialog-title">${title}</h2>
    ${body === undefined ? nothing : html`<div class="prose">${body}</div>`}
    ${reasons ? radioField({ ...reasons, name: 'reason', required: true, problem: known }) : nothing}
    ${fields?.(known) ?? nothing}
    ${problemLine(problem)}
    <div class="buttons">
      <button type="button" @click=${cancel}>${say('cancel')}</button>
      <button type="submit" class=${danger ? 'danger' : 'primary'} aria-disabled=${busy}>${busy ? say('working') : action}</button>
    </div>
  </form>`;
}

/** Closes every dialog as Escape does. Each is gone at once, so that a message is not written into one of them. */
export function dismissDialogs(): void {
  for (const dialog of document.querySelectorAll('dialog')) {
    dialog.close();
    dialog.remove();
  }
}

/**
 * Shows a modal dialog until `close` is called. Escape closes it with `dismissed`. `build` makes the view's state once; the view is drawn
 * again by `draw`. The dialog's heading has the id `dialog-title`.
 */
export function openDialog<Result>(
  build: (close: (result: Result) => void) => (draw: () => void) => TemplateResult,
  dismissed: Result,
): Promise<Result> {
  return new Promise((resolve) => {
    const dialog = document.createElement('dialog');
    let result = dismissed;
    const view = build((given) => {
      result = given;
      dialog.close();
    });
    const region = openRegion(dialog);
    const draw = () => void render(view(draw), dialog, { renderBefore: region });
    dialog.setAttribute('aria-labelledby', 'dialog-title');
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(result);
    });
    draw();
    document.body.append(dialog);
    dialog.showModal();
  });
}
