/** The test values: an e-mail address among the accounts of a session decides what the session meets. */
import type { SandboxValueReport } from '@payment-passkeys/protocol/sandbox';
import { html, type TemplateResult } from 'lit';
import { id } from '../../parts/id.ts';
import { loaded } from '../../parts/states.ts';
import { table } from '../../parts/table.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { sandboxFrame, sandboxTask } from './frame.ts';
import { find, say } from './texts.ts';

export function screen(context: ScreenContext): TemplateResult {
  return html`<sandbox-values .context=${context}></sandbox-values>`;
}

class SandboxValues extends Screen {
  readonly #sandbox = sandboxTask(this);

  protected override render(): TemplateResult {
    const content = loaded(
      this.#sandbox,
      ({ values }) => html`<p class="lead soft">${say('valuesIntro')}</p>
        <div class="values">
          ${[...Map.groupBy(values, ({ step }) => step)].map(([step, rows]) => section(step, rows))}
        </div>`,
    );
    return sandboxFrame({ context: this.context, part: 'values', content });
  }
}

function section(step: string, rows: readonly SandboxValueReport[]): TemplateResult {
  const title = find(`step.${step}`) ?? step;
  return html`<section>
    <h2>${title}</h2>
    ${table<SandboxValueReport>({
      label: title,
      rows,
      key: ({ example }) => example,
      columns: [
        { label: say('value'), main: true, cell: ({ example }) => id(example, { name: example }) },
        { label: say('happens'), cell: ({ happens }) => withCode(happens) },
        { label: say('meets'), cell: ({ meets }) => withCode(meets) },
      ],
    })}
  </section>`;
}

/** What is in backticks is code. In one element, because a cell on a narrow screen has two columns. */
function withCode(text: string): TemplateResult {
  return html`<span class="address">${text.split('`').map((part, position) => (position % 2 === 0 ? part : html`<code>${part}</code>`))}</span>`;
}

customElements.define('sandbox-values', SandboxValues);
