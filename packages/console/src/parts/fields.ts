/** Form fields with their label, hint and error. An error of the API finds its field by the JSON pointer of the body's member. */
import { html, nothing, type TemplateResult } from 'lit';
import { ifDefined } from 'lit/directives/if-defined.js';
import type { ApiProblem } from '../problem.ts';

interface FieldOptions {
  readonly label: string;
  /** The member of the request's body, and the input's name in the form. Must be unique in a screen. */
  readonly name: string;
  /** The JSON pointer of the member in the API's errors. Without it, `/name`. */
  readonly pointer?: string;
  readonly value?: string;
  readonly hint?: string;
  /** The problem of the last call, if it failed. */
  readonly problem?: ApiProblem | undefined;
  readonly required?: boolean;
}

interface TextOptions extends FieldOptions {
  readonly type?: 'text' | 'number' | 'datetime-local';
  readonly placeholder?: string;
  readonly maxlength?: number;
  /** Codes, keys and PEM: monospace, never corrected. */
  readonly code?: boolean;
  /** More than one line. */
  readonly lines?: number;
  readonly onInput?: (value: string) => void;
}

export function textField(options: TextOptions): TemplateResult {
  const { name, type = 'text', value = '', placeholder, maxlength, code = false, lines, onInput } = options;
  return field(options, ({ inputId, describedBy, invalid }) => {
    const input = (event: Event) => onInput?.((event.target as HTMLInputElement).value);
    return lines === undefined
      ? html`<input id=${inputId} class=${code ? 'code' : ''} name=${name} type=${type} .value=${value}
          placeholder=${ifDefined(placeholder)} maxlength=${ifDefined(maxlength)} autocomplete="off"
          spellcheck=${code ? 'false' : nothing} autocapitalize=${code ? 'off' : nothing}
          ?required=${options.required} aria-invalid=${invalid} aria-describedby=${ifDefined(describedBy)} @input=${input} />`
      : html`<textarea id=${inputId} class=${code ? 'code' : ''} name=${name} rows=${lines} .value=${value}
          placeholder=${ifDefined(placeholder)} maxlength=${ifDefined(maxlength)} spellcheck="false" autocomplete="off"
          ?required=${options.required} aria-invalid=${invalid} aria-describedby=${ifDefined(describedBy)} @input=${input}></textarea>`;
  });
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  /** An explanation, which only radioField shows. */
  readonly text?: string;
}

interface ChoiceOptions extends FieldOptions {
  readonly choices: readonly Choice[];
  readonly onChange?: (value: string) => void;
}

export function selectField(options: ChoiceOptions): TemplateResult {
  const { name, value = '', choices, onChange } = options;
  return field(
    options,
    ({ inputId, describedBy, invalid }) => html`<select id=${inputId} name=${name} ?required=${options.required}
      aria-invalid=${invalid} aria-describedby=${ifDefined(describedBy)}
      @change=${(event: Event) => onChange?.((event.target as HTMLSelectElement).value)}>
      ${choices.map((choice) => html`<option value=${choice.value} ?selected=${choice.value === value}>${choice.label}</option>`)}
    </select>`,
  );
}

/** A choice with an explanation for each of a few values. */
export function radioField(options: ChoiceOptions): TemplateResult {
  const { name, label, value = '', choices, onChange, problem, pointer = `/${name}` } = options;
  const error = problem?.fields.get(pointer);
  return html`<fieldset class="radios" aria-invalid=${error === undefined ? nothing : 'true'}>
    <legend>${label}</legend>
    ${choices.map(
      (
        choice,
      ) => html`<label class="radio"><input type="radio" name=${name} value=${choice.value} ?required=${options.required}
          .checked=${choice.value === value} @change=${() => onChange?.(choice.value)} />
        <span><b>${choice.label}</b>${choice.text === undefined ? nothing : html`<span class="hint">${choice.text}</span>`}</span></label>`,
    )}
    ${error === undefined ? nothing : html`<p class="error">${error}</p>`}
  </fieldset>`;
}

interface InputParts {
  readonly inputId: string;
  readonly describedBy: string | undefined;
  readonly invalid: 'true' | typeof nothing;
}

function field(options: FieldOptions, input: (parts: InputParts) => TemplateResult): TemplateResult {
  const { label, name, pointer = `/${name}`, hint, problem } = options;
  const inputId = `field-${name.replaceAll('/', '-')}`;
  const error = problem?.fields.get(pointer);
  const described = [
    ...(hint === undefined ? [] : [`${inputId}-hint`]),
    ...(error === undefined ? [] : [`${inputId}-error`]),
  ];
  return html`<div class="field">
    <label for=${inputId}>${label}</label>
    ${hint === undefined ? nothing : html`<p class="hint" id="${inputId}-hint">${hint}</p>`}
    ${input({ inputId, describedBy: described.join(' ') || undefined, invalid: error === undefined ? nothing : 'true' })}
    ${error === undefined ? nothing : html`<p class="error" id="${inputId}-error">${error}</p>`}
  </div>`;
}

/** The values of a form's fields by name, without spaces around them. Empty ones are left out. */
export function readForm(form: HTMLFormElement): Readonly<Record<string, string>> {
  const entries = [...new FormData(form)].map(([name, value]) => [name, String(value).trim()] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}
