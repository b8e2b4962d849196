/** An id or another code, with a button that copies it. */
import { html, nothing, type TemplateResult } from 'lit';
import { say } from '../texts.ts';
import { announce } from './announce.ts';
import { icon } from './icons.ts';

interface IdOptions {
  /** What it is, for the button's name: "Copy the session id". */
  readonly name: string;
  /** The screen of the thing that it names. */
  readonly href?: string;
}

export function id(value: string, { name, href }: IdOptions): TemplateResult {
  const code = html`<code>${value}</code>`;
  return html`<span class="id">${href === undefined ? code : html`<a href=${href}>${code}</a>`}<button
      type="button"
      class="bare"
      title=${say('copy', { name })}
      aria-label=${say('copy', { name })}
      @click=${(event: Event) => copy(value, event)}
    >${icon('copy')}</button></span>`;
}

/** An id that is too long for a table: its end is cut by the style sheet, and the whole id is copied or shown on hover. */
export function shortId(value: string, href?: string): TemplateResult {
  const code = html`<code class="cut" title=${value}>${value}</code>`;
  return href === undefined ? code : html`<a href=${href}>${code}</a>`;
}

/** A value that is shown once and is to be copied, such as an invitation's link. */
export function copyField(
  value: string,
  { name, hint }: { readonly name: string; readonly hint?: string },
): TemplateResult {
  return html`<div class="copy-field">
    <label class="copy-label">${name}<input readonly .value=${value} @focus=${(event: Event) => (event.target as HTMLInputElement).select()} /></label>
    <button type="button" class="primary" @click=${(event: Event) => copy(value, event)}>${icon('copy')}${say('copyShort')}</button>
    ${hint === undefined ? nothing : html`<p class="hint">${hint}</p>`}
  </div>`;
}

async function copy(value: string, event: Event): Promise<void> {
  const button = event.currentTarget as HTMLElement; // the listener's own button
  const copied = await navigator.clipboard?.writeText(value).then(
    () => true,
    () => false,
  );
  announce(copied ? say('copied') : say('notCopied'));
  if (!copied) return;
  button.classList.add('done');
  setTimeout(() => button.classList.remove('done'), 1500);
}
