/** One passkey: where it is used, on which devices, what its authenticator is, what was changed, and what an operator may do to it. */

import { Task } from '@lit/task';
import type { PasskeyDevice } from '@payment-passkeys/protocol';
import type { PasskeyBinding, PasskeyChanged, PasskeyView } from '@payment-passkeys/protocol/console';
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { mayOpen } from '../../access.ts';
import { may } from '../../operator.ts';
import { announce } from '../../parts/announce.ts';
import { ask } from '../../parts/dialog.ts';
import { heading } from '../../parts/heading.ts';
import { id } from '../../parts/id.ts';
import { mark } from '../../parts/mark.ts';
import { loaded } from '../../parts/states.ts';
import { facts } from '../../parts/table.ts';
import { when } from '../../parts/time.ts';
import { withQuery } from '../../router.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { changePasskey, type PasskeyAction } from './change.ts';
import { authenticatorFacts, bindings, changes, devices } from './parts.ts';
import { MAY_CHANGE, MAY_SUSPEND } from './roles.ts';
import { say } from './texts.ts';
import { authenticatorName, changeMeant, statusWords } from './words.ts';

export function screen(context: ScreenContext): TemplateResult {
  return html`<passkey-screen .context=${context}></passkey-screen>`;
}

class PasskeyScreen extends Screen {
  static override readonly properties: PropertyDeclarations = { ...Screen.properties, meant: { state: true } };

  /** The effect of the last change, in words. */
  declare private meant: string | undefined;

  readonly #passkey: Task<readonly [string], PasskeyView> = new Task(this, {
    task: ([credentialId], { signal }) => this.context.api.get<PasskeyView>(pathOf(credentialId), { signal }),
    args: () => [this.context.params.id ?? ''] as const,
  });

  async #change(action: PasskeyAction, binding?: PasskeyBinding): Promise<void> {
    const { api, params } = this.context;
    const changed = await changePasskey({ api, credentialId: params.id ?? '', action, binding });
    if (changed) await this.#changed(action, changed);
  }

  async #changed(action: PasskeyAction, changed: PasskeyChanged): Promise<void> {
    this.meant = changeMeant(action, changed);
    await this.#passkey.run();
    await this.updateComplete;
    this.querySelector<HTMLElement>('.note')?.focus();
  }

  async #forget({ appInstanceId }: PasskeyDevice): Promise<void> {
    const { api, params } = this.context;
    const path = `${pathOf(params.id ?? '')}/devices/${encodeURIComponent(appInstanceId)}`;
    const forgotten = await ask({
      title: say('forgetTitle'),
      body: say('forgetText'),
      action: say('forget'),
      danger: true,
      perform: async () => api.delete(path),
    });
    if (!forgotten) return;
    announce(say('forgotten'));
    await this.#passkey.run();
  }

  protected override render(): TemplateResult {
    const { value } = this.#passkey;
    const title = value === undefined ? say('passkey') : authenticatorName(value.authenticator);
    const back = html`<a href="/passkeys">${say('back')}</a>`;
    return html`${heading(title, value && this.#actions(value), back)}
      ${this.meant === undefined ? nothing : html`<div class="note done" tabindex="-1"><h2>${say('doneTitle')}</h2><p>${this.meant}</p></div>`}
      ${loaded(this.#passkey, (passkey) => this.#view(passkey), 8)}`;
  }

  #actions({ status, suspendedBy }: PasskeyView): TemplateResult {
    const { me } = this.context;
    const offered: readonly (readonly [PasskeyAction, boolean])[] = [
      ['suspend', may(me, MAY_SUSPEND) && status !== 'DELETED' && !suspendedBy.includes('NETWORK')],
      ['resume', may(me, MAY_CHANGE) && status !== 'DELETED' && suspendedBy.includes('NETWORK')],
      ['delete', may(me, MAY_CHANGE) && status !== 'DELETED'],
    ];
    return html`${offered.map(([action, offer]) =>
      offer
        ? html`<button type="button" class=${action === 'suspend' ? 'primary' : nothing} @click=${() => void this.#change(action)}>${say(action)}</button>`
        : nothing,
    )}`;
  }

  #view(passkey: PasskeyView): TemplateResult {
    const { credentialId, status, suspendedBy, createdAt, lastUsedAt } = passkey;
    const { kind, text } = statusWords(status, suspendedBy);
    const { me } = this.context;
    return html`${facts([
      [say('columnStatus'), mark(kind, text)],
      [say('idLabel'), id(credentialId, { name: say('passkeyId') })],
      [say('created'), when(createdAt)],
      [say('lastUsed'), when(lastUsedAt)],
    ])}
      <section>
        <h2>${say('usedAt')}</h2>
        ${bindings(passkey.bindings, {
          suspend: may(me, MAY_SUSPEND) ? (binding) => void this.#change('suspend', binding) : undefined,
          resume: may(me, MAY_CHANGE) ? (binding) => void this.#change('resume', binding) : undefined,
          remove: may(me, MAY_CHANGE) ? (binding) => void this.#change('delete', binding) : undefined,
        })}
      </section>
      <section>
        <h2>${say('devices')}</h2>
        ${devices(passkey.devices, may(me, MAY_CHANGE) ? (device) => void this.#forget(device) : undefined)}
      </section>
      <section>
        <h2>${say('authenticator')}</h2>
        ${authenticatorFacts(passkey)}
      </section>
      <section>
        <h2>${say('changes')}</h2>
        ${changes(passkey)}
        ${mayOpen(me, '/audit') ? html`<p class="links"><a href=${withQuery('/audit', { subject: credentialId })}>${say('inAudit')}</a></p>` : nothing}
      </section>`;
  }
}

function pathOf(credentialId: string): string {
  return `/api/passkeys/${encodeURIComponent(credentialId)}`;
}

customElements.define('passkey-screen', PasskeyScreen);
