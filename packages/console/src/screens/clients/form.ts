/** The form that registers a client or changes one. The network checks it as each field is left, and says at the field what is wrong. */
import type { ChangeOutcome, ClientCheckAnswer, ClientDetail, ClientProblem } from '@payment-passkeys/protocol/console';
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { clientAddress } from '../../addresses.ts';
import { announce } from '../../parts/announce.ts';
import { difference } from '../../parts/difference.ts';
import { heading } from '../../parts/heading.ts';
import { failed, problemLine, waiting } from '../../parts/states.ts';
import { ApiProblem } from '../../problem.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { apiPathOf } from './api-path.ts';
import { type Draft, draftOf, EMPTY_DRAFT, elementOf, fieldOf, registrationOf } from './draft.ts';
import { draftFields } from './form-fields.ts';
import { jsonField, readJson } from './json-field.ts';
import { say, sayCount } from './texts.ts';

export function screen(context: ScreenContext): TemplateResult {
  return html`<client-form .context=${context}></client-form>`;
}

class ClientForm extends Screen {
  static override readonly properties: PropertyDeclarations = {
    ...Screen.properties,
    draft: { state: true },
    json: { state: true },
    check: { state: true },
    problem: { state: true },
    busy: { state: true },
    sent: { state: true },
  };

  /** Undefined until the client that is changed is loaded. */
  declare private draft: Draft | undefined;
  /** The text of a pasted registration; undefined while the form is shown. */
  declare private json: string | undefined;
  /** The network's answer to the last check of the registration. */
  declare private check: ClientCheckAnswer | undefined;
  /** Why it could not be loaded, checked or sent. */
  declare private problem: unknown;
  declare private busy: boolean;
  /** The change that waits for a second person. */
  declare private sent: ChangeOutcome | undefined;
  #version: number | undefined;
  /** The registered name. A name that was only entered is not the client's yet. */
  #name: string | undefined;
  /** The fields that the operator has left, by pointer. Only their problems are shown; after a try to send, all problems are. */
  readonly #left = new Set<string>();
  #allShown = false;
  #checking: AbortController | undefined;

  protected override firstUpdated(): void {
    void this.#load();
  }

  get #clientId(): string | undefined {
    return this.context.params.id;
  }

  async #load(): Promise<void> {
    this.problem = undefined;
    if (this.#clientId === undefined) {
      this.draft = EMPTY_DRAFT;
      return;
    }
    try {
      const { registration, version } = await this.context.api.get<ClientDetail>(apiPathOf(this.#clientId));
      this.#version = version;
      this.#name = registration.name;
      this.draft = draftOf(registration);
      await this.#inspect();
    } catch (error) {
      this.problem = error;
    }
  }

  get #registration(): Readonly<Record<string, unknown>> {
    return registrationOf(this.draft ?? EMPTY_DRAFT);
  }

  /** Asks the network to check the registration, unless the JSON cannot be read. Only the answer to the latest check counts. */
  async #inspect(): Promise<void> {
    this.#checking?.abort();
    const checking = new AbortController();
    this.#checking = checking;
    try {
      const registration = this.json === undefined ? this.#registration : readJson(this.json);
      if (registration === undefined) {
        Object.assign(this, { check: undefined, problem: undefined });
        return;
      }
      const answer = await this.context.api.post<ClientCheckAnswer>(
        '/api/clients/check',
        { registration },
        { signal: checking.signal },
      );
      Object.assign(this, { check: answer, problem: undefined });
    } catch (error) {
      if (!checking.signal.aborted) this.problem = error;
    }
  }

  readonly #change = (change: Partial<Draft>): void => {
    if (this.draft) this.draft = { ...this.draft, ...change };
  };

  /** `pointer` is the field's. */
  readonly #leave = (pointer: string): void => {
    this.#left.add(pointer);
    void this.#inspect();
  };

  /** The problems that are shown at the form's fields. */
  get #fieldProblems(): ApiProblem | undefined {
    const shown = new Map<string, string>();
    for (const found of this.check?.problems ?? []) {
      const field = fieldOf(found.pointer);
      if ((this.#allShown || this.#left.has(field)) && !shown.has(field)) shown.set(field, this.#sentence(found));
    }
    return shown.size === 0 ? undefined : new ApiProblem(400, { code: '', message: '', fields: shown });
  }

  /** For an element of a list: "555 is not …". A problem of a key is a sentence already. */
  #sentence({ pointer, problem }: ClientProblem): string {
    if (problem.endsWith('.')) return problem;
    const element = elementOf(this.#registration, pointer);
    return element === undefined ? say('fieldProblem', { problem }) : `${element} ${problem}.`;
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    this.#allShown = true;
    this.busy = true;
    await this.#inspect();
    if (this.problem === undefined && this.check?.problems.length === 0) await this.#send();
    this.busy = false;
    if ((this.check?.problems.length ?? 0) > 0) {
      await this.updateComplete;
      this.querySelector<HTMLElement>('[aria-invalid="true"], .problems')?.focus();
    }
  };

  async #send(): Promise<void> {
    const { api, navigation } = this.context;
    const registration = this.json === undefined ? this.#registration : readJson(this.json);
    try {
      const outcome =
        this.#clientId === undefined
          ? await api.post<ChangeOutcome>('/api/clients', { registration })
          : await api.put<ChangeOutcome>(apiPathOf(this.#clientId), {
              registration,
              version: this.#version,
            });
      if (outcome.outcome === 'WAITING') {
        this.sent = outcome;
        return;
      }
      const { clientId } = registration as { readonly clientId: string }; // the check has accepted it
      announce(say(this.#clientId === undefined ? 'onboarded' : 'saved'));
      navigation.replace(clientAddress(clientId));
    } catch (error) {
      this.problem = error;
    }
  }

  readonly #useJson = (on: boolean): void => {
    this.json = on ? JSON.stringify(this.#registration, undefined, 2) : undefined;
    if (!on) this.#allShown = false;
    void this.#inspect();
  };

  readonly #typeJson = (text: string): void => {
    this.json = text;
    this.#allShown = true;
    void this.#inspect();
  };

  protected override render(): TemplateResult {
    const adds = this.#clientId === undefined;
    const back = html`<a href=${adds ? '/clients' : clientAddress(this.#clientId ?? '')}>${say(adds ? 'title' : 'backToClient')}</a>`;
    const title = adds ? say('onboardTitle') : say('editTitle', { name: this.#name ?? this.#clientId ?? '' });
    return html`${heading(title, undefined, back)}${this.#content()}`;
  }

  #content(): TemplateResult {
    if (this.sent) return waitingView();
    if (!this.draft) return this.problem === undefined ? waiting(10) : failed(this.problem, () => void this.#load());
    const keys = this.check?.keys ?? [];
    const fields =
      this.json === undefined
        ? draftFields({
            draft: this.draft,
            keys,
            problem: this.#fieldProblems,
            known: this.#clientId !== undefined,
            change: this.#change,
            leave: this.#leave,
          })
        : jsonField({ text: this.json, problems: this.check?.problems ?? [], change: this.#typeJson });
    return html`<form class="client-form" novalidate @submit=${this.#submit}>
      <p>
        <button type="button" @click=${() => this.#useJson(this.json === undefined)}>${say(this.json === undefined ? 'pasteJson' : 'useForm')}</button>
      </p>
      ${fields} ${this.#review()}
    </form>`;
  }

  /** What would change, whether it waits, and the button that sends it. */
  #review(): TemplateResult {
    const { check, problem, busy } = this;
    const waits = check !== undefined && check.waitsFor.length > 0;
    const count = check?.problems.length ?? 0;
    return html`<section class="review">
      <h2>${say('review')}</h2>
      ${
        check === undefined || check.differences.length === 0
          ? html`<p class="soft">${say(count > 0 || check === undefined ? 'reviewLater' : 'nothingChanges')}</p>`
          : html`${difference({ label: say('whatChanges'), rows: check.differences, waitsFor: check.waitsFor })}`
      }
      ${waits ? html`<p class="note">${say('waitsHint')}</p>` : nothing}
      ${this.#allShown && count > 0 ? html`<p class="error problems" role="alert" tabindex="-1">${sayCount('problems', count)}</p>` : nothing}
      ${problemLine(problem)}
      <div class="buttons">
        <button type="submit" class="primary" aria-disabled=${busy ?? false}>${say(waits ? 'askForApproval' : this.#clientId === undefined ? 'onboard' : 'save')}</button>
      </div>
    </section>`;
  }
}

function waitingView(): TemplateResult {
  return html`<div class="empty">
    <h2>${say('sentTitle')}</h2>
    <p>${say('sentText')}</p>
    <a class="button primary" href="/approvals">${say('toApprovals')}</a>
  </div>`;
}

customElements.define('client-form', ClientForm);
