/** An id or another code, with a button that copies it. */
import { html, type TemplateResult } from 'lit';
import { icon } from '../icons.ts';
import type { SignedIn } from '../operator.ts';
import { say } from '../texts.ts';
import { announce } from './announce.ts';
import { link } from './link.ts';

/** A code or an address that may break after `_`, `@` and `.` before it breaks within a word. */
export function breakable(value: string): readonly unknown[] {
  return value.split(/(?<=[_@.])/).map((part, position) => (position === 0 ? part : html`<wbr />${part}`));
}

interface IdOptions {
  /** What the value is, for the button's name: "Copy the session id". */
  readonly name: string;
  /** The screen that the value leads to. The value is a link if the role of the operator `me` may see that screen. */
  readonly screen?: { readonly me: SignedIn; readonly address: string } | undefined;
}

export function id(value: string, { name, screen }: IdOptions): TemplateResult {
  const code = html`<code>${breakable(value)}</code>`;
  return html`<span class="id">${screen ? link(screen.me, screen.address, code) : code}${copyButton(value, name)}</span>`;
}

/** For a value that is shown in another way. `name` says what the value is. */
export function copyButton(value: string, name: string): TemplateResult {
  return html`<button
      type="button"
      class="bare"
      title=${say('copy', { name })}
      aria-label=${say('copy', { name })}
      @click=${(event: Event) => copy(value, event)}
    >${icon('copy')}</button>`;
}

/** An id that is too long for a table: its end is cut by the style sheet, and the whole id is copied or shown on hover. */
export function shortId(value: string): TemplateResult {
  return html`<code class="cut" title=${value}>${value}</code>`;
}

/** A value that is shown once and is to be copied, such as an invitation's link. */
export function copyField(value: string, name: string): TemplateResult {
  return html`<div class="copy-field">
    <label class="copy-label">${name}<input readonly .value=${value} @focus=${(event: Event) => (event.target as HTMLInputElement).select()} /></label>
    <button type="button" class="primary" @click=${(event: Event) => copy(value, event)}>${icon('copy')}${say('copyShort')}</button>
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
