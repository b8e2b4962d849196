/** An invitation: the person who opens its link creates a passkey, and is an operator from then on. The token is in the link's fragment. */
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { describe } from '../../confirm.ts';
import { LightElement } from '../../light-element.ts';
import { roleName } from '../../operator.ts';
import { brand } from '../../parts/brand.ts';
import { waiting } from '../../parts/states.ts';
import { createPasskey } from '../../passkey.ts';
import { ApiProblem } from '../../problem.ts';
import type { DoorContext } from '../../screen.ts';
import { say } from './texts.ts';

interface OpenedInvitation {
  readonly name: string;
  readonly role: string;
  readonly options: PublicKeyCredentialCreationOptionsJSON;
}

type State =
  | { readonly at: 'opening' }
  | { readonly at: 'open'; readonly invitation: OpenedInvitation; readonly busy: boolean; readonly problem?: unknown }
  /** The passkey is stored; the role waits for a second administrator. */
  | { readonly at: 'waiting' }
  | { readonly at: 'over' }
  | { readonly at: 'failed'; readonly problem: unknown };

class Invitation extends LightElement {
  static override readonly properties: PropertyDeclarations = { context: { attribute: false }, state: { state: true } };

  declare context: DoorContext;
  declare private state: State;
  #token = '';

  constructor() {
    super();
    this.state = { at: 'opening' };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Before anything else, the token is removed from the address bar and the history.
    this.#token = location.hash.slice(1);
    history.replaceState(null, '', location.pathname);
    void this.#open();
  }

  readonly #open = async (problem?: unknown): Promise<void> => {
    if (this.#token === '') {
      this.state = { at: 'failed', problem: undefined };
      return;
    }
    try {
      const body = { token: this.#token };
      const invitation = await this.context.api.post<OpenedInvitation>('/api/invitations/open', body, {
        signedOut: true,
      });
      this.state = { at: 'open', invitation, busy: false, problem };
    } catch (error) {
      this.state = isOver(error) ? { at: 'over' } : { at: 'failed', problem: error };
    }
  };

  readonly #accept = async (): Promise<void> => {
    if (this.state.at !== 'open' || this.state.busy) return;
    const { invitation } = this.state;
    this.state = { at: 'open', invitation, busy: true };
    try {
      const credential = await createPasskey(invitation.options);
      const accepted = await this.context.api.post<{ operator?: object }>(
        '/api/invitations/accept',
        { token: this.#token, credential },
        { signedOut: true },
      );
      if (!accepted.operator) this.state = { at: 'waiting' };
      else await this.context.entered();
    } catch (error) {
      if (isOver(error)) this.state = { at: 'over' };
      // A challenge is good for one try.
      else await this.#open(error);
    }
  };

  protected override render(): TemplateResult {
    const { me } = this.context;
    return html`<section class="door">
      <p class="brand">${brand(me)}</p>
      ${this.#view(this.state)}
    </section>`;
  }

  #view(state: State): TemplateResult {
    switch (state.at) {
      case 'opening':
        return waiting(3);
      case 'open':
        return html`<h1>${say('title', { name: state.invitation.name })}</h1>
          <p>${say('text', { role: roleName(state.invitation.role) })}</p>
          ${state.problem === undefined ? nothing : html`<p class="error" role="alert">${describe(state.problem)}</p>`}
          <button type="button" class="primary wide" aria-disabled=${state.busy} @click=${this.#accept}>
            ${state.busy ? say('working') : say('action')}
          </button>
          <p class="hint">${say('how')}</p>`;
      case 'waiting':
        return html`<h1>${say('waitingTitle')}</h1><p>${say('waitingText')}</p><a class="button wide" href="/sign-in">${say('signIn')}</a>`;
      case 'over':
        return html`<h1>${say('overTitle')}</h1><p>${say('overText')}</p>
          <p>${say('overSignedUp')} <a href="/sign-in">${say('signIn')}</a></p>`;
      case 'failed':
        return html`<h1>${say('failedTitle')}</h1>
          <p>${state.problem === undefined ? say('incomplete') : describe(state.problem)}</p>
          ${
            state.problem === undefined
              ? nothing
              : html`<button type="button" class="wide" @click=${() => this.#open()}>${say('tryAgain')}</button>`
          }`;
    }
  }
}
customElements.define('console-invitation', Invitation);

/** Used, withdrawn, expired, or never there: the server does not tell these apart. */
function isOver(error: unknown): boolean {
  return error instanceof ApiProblem && [400, 404, 410].includes(error.status);
}

export function door(context: DoorContext): TemplateResult {
  return html`<console-invitation .context=${context}></console-invitation>`;
}
