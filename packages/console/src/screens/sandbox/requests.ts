/** The last requests of a client, as they come, and what was wrong with each. */
import { Task } from '@lit/task';
import type { RecordedRequest, RequestList, SandboxClient, SandboxOverview } from '@payment-passkeys/protocol/sandbox';
import { html, type PropertyDeclarations, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { empty, failed, loaded, waiting } from '../../parts/states.ts';
import { describeProblem } from '../../problem.ts';
import { withQuery } from '../../router.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { chosenClient, clientField, noClients, sandboxFrame } from './frame.ts';
import { requestView } from './request.ts';
import { say } from './texts.ts';

/** Between two looks for new requests. */
const PAUSE_MILLISECONDS = 2000;
/** As many as the network keeps. */
const KEPT = 100;

export function screen(context: ScreenContext): TemplateResult {
  return html`<sandbox-requests .context=${context}></sandbox-requests>`;
}

class SandboxRequests extends Screen {
  static override readonly properties: PropertyDeclarations = {
    ...Screen.properties,
    items: { state: true },
    problem: { state: true },
  };

  /** Undefined until the first answer. */
  declare private items: readonly RecordedRequest[] | undefined;
  declare private problem: unknown;
  readonly #sandbox: Task<readonly [], SandboxOverview> = new Task(this, {
    task: (_, { signal }) => this.context.api.get<SandboxOverview>('/api/sandbox', { signal }),
    args: () => [] as const,
  });
  #following: { readonly clientId: string; readonly stop: AbortController } | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#following?.stop.abort();
    this.#following = undefined;
  }

  protected override willUpdate(): void {
    const clients = this.#sandbox.value?.clients ?? [];
    const clientId = chosenClient({ context: this.context, clients })?.clientId;
    if (clientId === undefined || clientId === this.#following?.clientId || !this.isConnected) return;
    this.#following?.stop.abort();
    const stop = new AbortController();
    this.#following = { clientId, stop };
    this.items = undefined;
    this.problem = undefined;
    void this.#follow(clientId, stop.signal);
  }

  /** Loads what is new, again and again. The operator did not ask for it, so it does not keep the console session from ending. */
  async #follow(clientId: string, signal: AbortSignal): Promise<void> {
    const path = `/api/sandbox/clients/${encodeURIComponent(clientId)}/requests`;
    while (!signal.aborted) {
      const known = this.items?.[0]?.position;
      const after = known === undefined ? undefined : String(known);
      try {
        const background = this.items !== undefined;
        const { items } = await this.context.api.get<RequestList>(withQuery(path, { after }), { signal, background });
        if (signal.aborted) return;
        this.items = [...items, ...(this.items ?? [])].slice(0, KEPT);
        this.problem = undefined;
      } catch (error) {
        if (signal.aborted) return;
        this.problem = error;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    }
  }

  #again(): void {
    this.#following?.stop.abort();
    this.#following = undefined;
    this.requestUpdate();
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
    const { items, problem } = this;
    if (items === undefined) {
      return problem === undefined ? waiting(8) : failed(problem, () => this.#again());
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
