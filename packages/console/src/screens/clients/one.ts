/** One client: its registration, keys, webhooks and versions, and what an operator may do. */

import { Task } from '@lit/task';
import type { ChangeOutcome, ClientDetail, ClientVersions } from '@payment-passkeys/protocol/console';
import { html, nothing, type TemplateResult } from 'lit';
import { clientAddress } from '../../addresses.ts';
import { may } from '../../operator.ts';
import { announce } from '../../parts/announce.ts';
import { ask } from '../../parts/dialog.ts';
import { heading } from '../../parts/heading.ts';
import { mark } from '../../parts/mark.ts';
import { loaded } from '../../parts/states.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { apiPathOf } from './api-path.ts';
import { keysTable, registrationFacts, versionList, waitingNote } from './parts.ts';
import { MAY_CHANGE } from './roles.ts';
import { say } from './texts.ts';
import './merchants.ts';
import './webhooks.ts';
import { STATE_MARKS, stateWords } from './words.ts';

export function screen(context: ScreenContext): TemplateResult {
  return html`<client-screen .context=${context}></client-screen>`;
}

class ClientScreen extends Screen {
  readonly #client: Task<readonly [string], ClientDetail> = new Task(this, {
    task: ([clientId], { signal }) => this.context.api.get<ClientDetail>(apiPathOf(clientId), { signal }),
    args: () => [this.context.params.id ?? ''] as const,
  });
  readonly #versions: Task<readonly [string], ClientVersions> = new Task(this, {
    task: ([clientId], { signal }) =>
      this.context.api.get<ClientVersions>(`${apiPathOf(clientId)}/versions`, { signal }),
    args: () => [this.context.params.id ?? ''] as const,
  });

  async #suspend({ clientId, name }: ClientDetail): Promise<void> {
    const done = await ask({
      title: say('suspendTitle', { name }),
      body: say('suspendText'),
      action: say('suspend'),
      danger: true,
      perform: async () => {
        await this.context.api.post(`${apiPathOf(clientId)}/suspend`);
      },
    });
    if (done) await this.#again(say('suspended', { name }));
  }

  async #resume({ clientId, name, version }: ClientDetail): Promise<void> {
    let outcome: ChangeOutcome | undefined;
    const waits = this.context.me.approvals;
    const done = await ask({
      title: say('resumeTitle', { name }),
      body: say(waits ? 'resumeTextWaits' : 'resumeText'),
      action: say(waits ? 'askForApproval' : 'resume'),
      perform: async () => {
        outcome = await this.context.api.post<ChangeOutcome>(`${apiPathOf(clientId)}/resume`, { version });
      },
    });
    if (done) await this.#again(say(outcome?.outcome === 'WAITING' ? 'resumeWaits' : 'resumed', { name }));
  }

  async #again(text: string): Promise<void> {
    announce(text);
    await Promise.all([this.#client.run(), this.#versions.run()]);
  }

  protected override render(): TemplateResult {
    const { value } = this.#client;
    const back = html`<a href="/clients">${say('title')}</a>`;
    const offered = value && may(this.context.me, MAY_CHANGE) ? this.#actions(value) : undefined;
    const title = value === undefined ? say('client') : html`<bdi>${value.name}</bdi>`;
    return html`${heading(title, offered, back)} ${loaded(this.#client, (client) => this.#view(client), 10)}`;
  }

  #actions(client: ClientDetail): TemplateResult {
    const { clientId, state, approvals } = client;
    const resumes = approvals.some(({ kind }) => kind === 'client.resume');
    return html`<a class="button" href="${clientAddress(clientId)}/edit">${say('edit')}</a>
      ${
        state === 'ACTIVE'
          ? html`<button type="button" @click=${() => void this.#suspend(client)}>${say('suspend')}</button>`
          : resumes
            ? nothing
            : html`<button type="button" class="primary" @click=${() => void this.#resume(client)}>${say('resume')}</button>`
      }`;
  }

  #view(client: ClientDetail): TemplateResult {
    const { state, approvals, clientId } = client;
    return html`<p class="state">${mark(STATE_MARKS[state], stateWords(state))} <span class="soft">${say(`stateText.${state}`)}</span></p>
      ${approvals.map(waitingNote)}
      <section>
        <h2>${say('registration')}</h2>
        ${registrationFacts(client)}
      </section>
      ${
        client.registration.provider
          ? html`<section>
              <h2>${say('merchants')}</h2>
              <client-merchants .context=${this.context} .clientId=${clientId}></client-merchants>
            </section>`
          : nothing
      }
      <section>
        <h2>${say('keys')}</h2>
        ${keysTable(client.keys)}
      </section>
      <section>
        <h2>${say('webhooks')}</h2>
        <client-webhooks .context=${this.context} .clientId=${clientId} .webhooks=${client.webhooks}
          .changed=${() => void this.#client.run()}></client-webhooks>
      </section>
      <section>
        <h2>${say('versions')}</h2>
        ${loaded(this.#versions, ({ items }) => versionList(items), 4)}
      </section>`;
  }
}

customElements.define('client-screen', ClientScreen);
