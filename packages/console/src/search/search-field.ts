/**
 * The field that finds something by an id or by a cardholder's account. An account is replaced by its mask as soon as it is searched. The
 * account itself is in no attribute, no address and no storage, only in this element's memory, for the next page of a list.
 */
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { icon } from '../icons.ts';
import { LightElement } from '../light-element.ts';
import { recognise, type SearchTerm } from './recognise.ts';
import { say } from './texts.ts';

export class SearchField extends LightElement {
  static override readonly properties: PropertyDeclarations = {
    label: { attribute: false },
    search: { attribute: false },
    problem: { state: true },
  };

  /** What can be searched, for the field's label. */
  declare label: string;
  /** Called with an id, an account, or nothing. */
  declare search: (term: Exclude<SearchTerm, { kind: 'PROBLEM' }>) => void;
  declare private problem: string | undefined;
  /** What was searched last. */
  #term: SearchTerm = { kind: 'NOTHING' };

  get #input(): HTMLInputElement {
    return this.querySelector('input') as HTMLInputElement; // it is in the template
  }

  override focus(): void {
    this.#input.select();
  }

  /** Empties the field, as when the screen shows something else. */
  clear(): void {
    this.#term = { kind: 'NOTHING' };
    this.problem = undefined;
    if (this.hasUpdated) this.#input.value = '';
  }

  /** Shows what was searched, without searching. */
  show(text: string): void {
    void this.updateComplete.then(() => {
      this.#input.value = text;
    });
  }

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const typed = this.#input.value;
    // The mask stands for the account that was searched last.
    const term = this.#term.kind === 'ACCOUNT' && typed === this.#term.masked ? this.#term : recognise(typed);
    this.problem = term.kind === 'PROBLEM' ? say(`problem.${term.problem}`) : undefined;
    if (term.kind === 'PROBLEM') {
      this.#input.select();
      return;
    }
    this.#term = term;
    if (term.kind === 'ACCOUNT') this.#input.value = term.masked;
    this.search(term);
  };

  protected override render(): TemplateResult {
    const { label, problem } = this;
    return html`<form class="search" role="search" @submit=${this.#submit}>
      <label for="search">${label}</label>
      <div class="search-row">
        ${icon('search')}
        <input id="search" type="text" inputmode="search" enterkeyhint="search" autocomplete="off" autocapitalize="off" spellcheck="false"
          maxlength="300" aria-describedby="search-hint${problem === undefined ? '' : ' search-problem'}"
          aria-invalid=${problem === undefined ? nothing : 'true'} />
        <button type="submit" class="primary">${say('search')}</button>
      </div>
      ${problem === undefined ? nothing : html`<p class="error" id="search-problem" role="alert">${problem}</p>`}
      <p class="hint" id="search-hint">${say('hint')}</p>
    </form>`;
  }
}

customElements.define('search-field', SearchField);
