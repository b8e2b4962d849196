/** A client's webhooks and what they have not taken: deliveries that wait or are dead, replay, a test event. */
import type {
  Delivery,
  DeliveryPage,
  DeliveryReplayAnswer,
  TestEventAnswer,
  TestEventState,
  WebhookState,
} from '@payment-passkeys/protocol/console';
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { may } from '../../operator.ts';
import { announce } from '../../parts/announce.ts';
import { ask } from '../../parts/dialog.ts';
import { textField } from '../../parts/fields.ts';
import { shortId } from '../../parts/id.ts';
import { mark } from '../../parts/mark.ts';
import { Pages } from '../../parts/pages.ts';
import { table } from '../../parts/table.ts';
import { ago, showsUtc, when } from '../../parts/time.ts';
import { describeProblem } from '../../problem.ts';
import { withQuery } from '../../router.ts';
import { Screen } from '../../screen.ts';
import { fromField } from '../../search/times.ts';
import { apiPathOf } from './api-path.ts';
import { MAY_CHANGE } from './roles.ts';
import { say, sayCount } from './texts.ts';
import { failureWords } from './words.ts';

/** The pause before the console asks again for the result of a test event. */
const TEST_PAUSE_MILLISECONDS = 1000;
/** How often the console asks for the result of a test event. */
const TEST_TRIES = 15;

type TestResult = TestEventState | { readonly problem: unknown };

class ClientWebhooks extends Screen {
  static override readonly properties: PropertyDeclarations = {
    ...Screen.properties,
    clientId: { attribute: false },
    webhooks: { attribute: false },
    changed: { attribute: false },
    tests: { state: true },
  };

  declare clientId: string;
  declare webhooks: readonly WebhookState[];
  /** Called after a change, so that the client is loaded again. */
  declare changed: () => void;
  /** The result of the last test event of each webhook. */
  declare private tests: ReadonlyMap<string, TestResult>;
  readonly #deliveries: Pages<Delivery> = new Pages<Delivery>(this);
  #of: string | undefined;

  constructor() {
    super();
    this.tests = new Map();
  }

  get #path(): string {
    return apiPathOf(this.clientId);
  }

  protected override willUpdate(): void {
    if (this.#of === this.clientId || this.webhooks.length === 0) return;
    this.#of = this.clientId;
    void this.#deliveries.start((cursor, signal) =>
      this.context.api.get<DeliveryPage>(withQuery(`${this.#path}/deliveries`, { cursor }), { signal }),
    );
  }

  async #test(uri: string): Promise<void> {
    const { api } = this.context;
    this.#tested(uri, { state: 'WAITING', attempts: 0 });
    try {
      const { eventId } = await api.post<TestEventAnswer>(`${this.#path}/events/test`, { uri });
      for (let tries = 0; tries < TEST_TRIES && this.isConnected; tries++) {
        const state = await api.get<TestEventState>(`${this.#path}/events/test/${eventId}`);
        this.#tested(uri, state);
        if (state.state !== 'WAITING' || state.failure !== undefined) break;
        await new Promise((resolve) => setTimeout(resolve, TEST_PAUSE_MILLISECONDS));
      }
    } catch (problem) {
      this.#tested(uri, { problem });
    }
  }

  #tested(uri: string, result: TestResult): void {
    this.tests = new Map([...this.tests, [uri, result]]);
  }

  async #enable(uri: string): Promise<void> {
    await this.context.api.post(`${this.#path}/webhooks/enable`, { uri }).then(
      () => this.#done(say('enabled', { uri })),
      (error: unknown) => announce(describeProblem(error)),
    );
  }

  async #replay(): Promise<void> {
    let deliveries = 0;
    const done = await ask({
      title: say('replayTitle'),
      body: say('replayText'),
      action: say('replay'),
      fields: (problem) =>
        textField({
          name: 'since',
          label: say('replaySince'),
          hint: say('replaySinceHint'),
          type: 'datetime-local',
          problem,
        }),
      perform: async ({ since }) => {
        const body = { since: fromField(since, showsUtc()) };
        ({ deliveries } = await this.context.api.post<DeliveryReplayAnswer>(`${this.#path}/deliveries/replay`, body));
      },
    });
    if (done) this.#done(sayCount('replayed', deliveries));
  }

  #done(text: string): void {
    announce(text);
    this.changed();
    void this.#deliveries.again();
  }

  protected override render(): TemplateResult {
    const { webhooks } = this;
    if (webhooks.length === 0) return html`<p class="soft">${say('noWebhooks')}</p>`;
    const changes = may(this.context.me, MAY_CHANGE);
    return html`${this.#endpoints(webhooks, changes)}
      <div class="panel-head between"><h3>${say('deliveries')}</h3>
        ${changes ? html`<button type="button" @click=${() => void this.#replay()}>${say('replay')}</button>` : nothing}</div>
      ${this.#deliveries.render({ view: deliveryTable, none: () => html`<p class="soft">${say('noDeliveries')}</p>` })}`;
  }

  #endpoints(rows: readonly WebhookState[], changes: boolean): TemplateResult {
    return table<WebhookState>({
      label: say('webhooks'),
      rows,
      key: ({ uri }) => uri,
      columns: [
        {
          label: say('address'),
          main: true,
          cell: ({ uri, types }) =>
            html`<span class="stacked"><span class="address">${uri}</span><span class="soft">${types.join(', ')}</span></span>`,
        },
        { label: say('stateLabel'), cell: webhookMark },
        { label: say('waitingLabel'), numeric: true, cell: ({ waiting }) => waiting },
        { label: say('deadLabel'), numeric: true, cell: ({ dead }) => dead },
        {
          label: say('lastFailure'),
          cell: ({ failure }) =>
            failure === undefined ? html`<span class="soft">${say('noFailure')}</span>` : failureCell(failure),
        },
        { label: say('actions'), actions: true, cell: (webhook) => (changes ? this.#buttons(webhook) : nothing) },
      ],
    });
  }

  #buttons({ uri, offSince }: WebhookState): TemplateResult {
    const result = this.tests.get(uri);
    return html`<div class="buttons">
        ${
          offSince === undefined
            ? html`<button type="button" aria-label="${say('test')}: ${uri}" @click=${() => void this.#test(uri)}>${say('test')}</button>`
            : html`<button type="button" aria-label="${say('enable')}: ${uri}" @click=${() => void this.#enable(uri)}>${say('enable')}</button>`
        }
      </div>
      <span role="status">${result === undefined ? nothing : testMark(result)}</span>`;
  }
}

function webhookMark({ offSince, dead, waiting }: WebhookState): TemplateResult {
  if (offSince !== undefined) return html`<span>${mark('bad', say('off'))} ${when(offSince)}</span>`;
  if (dead > 0) return mark('notice', say('onWithDead'));
  return waiting > 0 ? mark('busy', say('onWithWaiting')) : mark('good', say('on'));
}

function testMark(result: TestResult): TemplateResult {
  if ('problem' in result) return mark('bad', describeProblem(result.problem));
  if (result.state === 'TAKEN') return mark('good', say('testTaken'));
  return result.failure === undefined
    ? mark('busy', say('testWaiting'))
    : mark('bad', say('testFailed', { failure: failureWords(result.failure) }));
}

/** In words, with the code that the log and the command line have. */
function failureCell(failure: string): TemplateResult {
  return html`<span class="stacked"><span>${failureWords(failure)}</span><code class="soft">${failure}</code></span>`;
}

function deliveryTable(rows: readonly Delivery[]): TemplateResult {
  return table<Delivery>({
    label: say('deliveries'),
    rows,
    key: ({ eventId, uri }) => `${eventId} ${uri}`,
    columns: [
      {
        label: say('event'),
        main: true,
        cell: ({ type, eventId }) => html`<span class="stacked"><span>${type}</span>${shortId(eventId)}</span>`,
      },
      {
        label: say('stateLabel'),
        cell: ({ state }) =>
          state === 'DEAD' ? mark('bad', say('deliveryDead')) : mark('busy', say('deliveryWaiting')),
      },
      { label: say('occurred'), cell: ({ occurredAt }) => when(occurredAt) },
      { label: say('attempts'), numeric: true, cell: ({ attempts }) => attempts },
      { label: say('lastFailure'), cell: ({ failure }) => failure && failureCell(failure) },
      {
        label: say('next'),
        cell: ({ nextAttemptAt, deadAt }) =>
          nextAttemptAt ? ago(nextAttemptAt) : deadAt && html`<span>${say('deadSince')} ${when(deadAt)}</span>`,
      },
      { label: say('address'), cell: ({ uri }) => html`<span class="address">${uri}</span>` },
    ],
  });
}

customElements.define('client-webhooks', ClientWebhooks);
