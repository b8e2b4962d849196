/** The last requests of a client, as they come, and what was wrong with each. */
import type { RecordedRequest, RequestList, SandboxClient } from '@payment-passkeys/protocol/sandbox';
import { html, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { Follower } from '../../parts/follower.ts';
import { empty, failed, loaded, waiting } from '../../parts/states.ts';
import { describeProblem } from '../../problem.ts';
import { withQuery } from '../../router.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { chosenClient, clientField, noClients, sandboxFrame, sandboxTask } from './frame.ts';
import { requestView } from './request.ts';
import { say } from './texts.ts';

/** As many as the network keeps. */
const KEPT = 100;

export function screen(context: ScreenContext): TemplateResult {
  return html`<sandbox-requests .context=${context}></sandbox-requests>`;
}

class SandboxRequests extends Screen {
  readonly #sandbox = sandboxTask(this);
  readonly #requests = new Follower<readonly RecordedRequest[]>(this, {
    load: async (clientId, last = [], options) => {
      const position = last[0]?.position;
      const path = withQuery(`/api/sandbox/clients/${encodeURIComponent(clientId)}/requests`, {
        after: position === undefined ? undefined : String(position),
      });
      const { items } = await this.context.api.get<RequestList>(path, options);
      return [...items, ...last].slice(0, KEPT);
    },
  });

  protected override willUpdate(): void {
    const clients = this.#sandbox.value?.clients ?? [];
    this.#requests.follow(chosenClient({ context: this.context, clients })?.clientId);
  }

  protected override render(): TemplateResult {
    const { context } = this;
    const content = loaded(this.#sandbox, ({ clients }) => {
      const client = chosenClient({ context, clients });
      if (client === undefined) return noClients(context);
      return html`${clientField({ context, part: 'requests', clients })}${this.#list(client)}`;
    });
    return sandboxFrame({ context, part: 'requests', content });
  }

  #list(client: SandboxClient): TemplateResult {
    const { value: items, problem } = this.#requests;
    if (items === undefined) {
      return problem === undefined ? waiting(8) : failed(problem, () => this.#requests.again());
    }
    const state =
      problem === undefined
        ? html`<p class="lead soft">${say('requestsIntro', { count: KEPT })}</p>`
        : html`<p class="note">${say('stopped', { problem: describeProblem(problem) })}</p>`;
    if (items.length === 0) {
      return html`${state}${empty({ title: say('noneTitle'), text: say('noneText', { name: client.name }) })}`;
    }
    return html`${state}
      <ol class="entries" aria-label=${say('requests')}>
        ${repeat(
          items,
          ({ position }) => position,
          (request) => html`<li>${requestView(request, this.context.me)}</li>`,
        )}
      </ol>`;
  }
}

customElements.define('sandbox-requests', SandboxRequests);
