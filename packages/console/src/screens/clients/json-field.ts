/** A registration that is pasted as JSON, as `clients add FILE.json` takes it. */
import type { ClientProblem } from '@payment-passkeys/protocol/console';
import { html, nothing, type TemplateResult } from 'lit';
import { textField } from '../../parts/fields.ts';
import { say } from './texts.ts';

interface JsonField {
  readonly text: string;
  readonly problems: readonly ClientProblem[];
  readonly change: (text: string) => void;
}

export function jsonField({ text, problems, change }: JsonField): TemplateResult {
  const broken = readJson(text) === undefined;
  return html`<div @change=${(event: Event) => change((event.target as HTMLTextAreaElement).value)}>
      ${textField({ name: 'json', label: say('json'), hint: say('jsonHint'), value: text, lines: 24, code: true })}
    </div>
    ${broken ? html`<p class="error" role="alert">${say('noJson')}</p>` : nothing}
    ${
      broken || problems.length === 0
        ? nothing
        : html`<ul class="error">${problems.map(({ pointer, problem }) => html`<li><code>${pointer || '/'}</code> ${problem}</li>`)}</ul>`
    }`;
}

/** Undefined if the text is not JSON. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
