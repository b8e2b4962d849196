/** What can be done for a client by hand: a session is made older, an event is sent, a cardholder acts at a launch address or confirms a payment. */
import type {
  CardholderAction,
  CardholderAtPageAnswer,
  CardholderAtShopAnswer,
  ConfirmationAction,
  SandboxClient,
} from '@payment-passkeys/protocol/sandbox';
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { clientAddress, sessionAddress } from '../../addresses.ts';
import { may } from '../../operator.ts';
import { readForm, selectField, textField } from '../../parts/fields.ts';
import { copyField } from '../../parts/id.ts';
import { link } from '../../parts/link.ts';
import { mark } from '../../parts/mark.ts';
import { loaded, problemLine } from '../../parts/states.ts';
import { facts } from '../../parts/table.ts';
import { ApiProblem } from '../../problem.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { chosenClient, clientField, MAY_ACT, noClients, sandboxFrame, sandboxTask } from './frame.ts';
import { find, say } from './texts.ts';

export function screen(context: ScreenContext): TemplateResult {
  return html`<sandbox-tools .context=${context}></sandbox-tools>`;
}

type Tool = 'age' | 'event' | 'cardholder' | 'confirmation';
type Values = Readonly<Record<string, string>>;

/** The state of the last use of a tool. */
type Outcome = { readonly busy: true } | { readonly problem: unknown } | { readonly done: TemplateResult };

/** What the cardholder can do at the launch address: a copy of the protocol's list, because importing that list would load the schemas. */
const ACTIONS = Object.keys({
  CREATE: true,
  USE: true,
  APPROVE: true,
  NOT_NOW: true,
  CANCEL: true,
  FAIL: true,
  CLOSE: true,
} satisfies Record<CardholderAction, true>) as CardholderAction[]; // Object.keys loses the key types

/** What the cardholder can do in the browser's payment dialog: a copy, as above. */
const CONFIRMATION_ACTIONS = Object.keys({
  APPROVE: true,
  NOT_NOW: true,
  CANCEL: true,
  FAIL: true,
  CLOSE: true,
} satisfies Record<ConfirmationAction, true>) as ConfirmationAction[]; // Object.keys loses the key types

class SandboxTools extends Screen {
  static override readonly properties: PropertyDeclarations = { ...Screen.properties, outcomes: { state: true } };

  declare private outcomes: Readonly<Partial<Record<Tool, Outcome>>>;
  readonly #sandbox = sandboxTask(this);

  constructor() {
    super();
    this.outcomes = {};
  }

  async #use(tool: Tool, event: SubmitEvent, perform: (values: Values) => Promise<TemplateResult>): Promise<void> {
    event.preventDefault();
    const before = this.outcomes[tool];
    if (before && 'busy' in before) return;
    const values = readForm(event.target as HTMLFormElement); // the form's own event
    this.outcomes = { ...this.outcomes, [tool]: { busy: true } };
    const outcome: Outcome = await perform(values).then(
      (done) => ({ done }),
      (problem: unknown) => ({ problem }),
    );
    this.outcomes = { ...this.outcomes, [tool]: outcome };
  }

  protected override render(): TemplateResult {
    const { context } = this;
    const content = loaded(this.#sandbox, ({ clients, eventTypes }) => {
      const client = chosenClient({ context, clients });
      if (client === undefined) return noClients(context);
      if (!may(context.me, MAY_ACT)) return html`<p class="note">${say('mayNotAct')}</p>`;
      return html`${clientField({ context, part: 'tools', clients })}
        <div class="groups">${this.#cardholder()}<div class="stack">${this.#age()} ${this.#event(client, eventTypes)}</div>
          ${client.role === 'merchant' ? this.#confirmation() : nothing}</div>`;
    });
    return sandboxFrame({ context, part: 'tools', content });
  }

  #cardholder(): TemplateResult {
    const walk = async ({ uri, do: action, device }: Values) => {
      const { redirect } = await this.context.api.post<CardholderAtPageAnswer>('/api/sandbox/cardholder', {
        uri,
        do: action,
        ...(device !== undefined && { device }),
      });
      return redirect === null ? mark('quiet', say('closed')) : redirectView(redirect);
    };
    return this.#panel('cardholder', walk, (problem) => [
      textField({
        name: 'uri',
        label: say('uri'),
        hint: say('uriHint'),
        code: true,
        required: true,
        maxlength: 4096,
        problem,
      }),
      selectField({
        name: 'do',
        label: say('do'),
        choices: ACTIONS.map((value) => ({ value, label: say(`action.${value}`) })),
        problem,
      }),
      textField({ name: 'device', label: say('device'), hint: say('deviceHint'), maxlength: 64, problem }),
    ]);
  }

  /** Secure Payment Confirmation has no launch address: the shop's page shows the dialog. */
  #confirmation(): TemplateResult {
    const confirm = async ({ options = '', origin, action, confirmingDevice: device }: Values) => {
      const { confirmation } = await this.context.api.post<CardholderAtShopAnswer>('/api/sandbox/cardholder', {
        securePaymentConfirmation: readOptions(options),
        do: action,
        ...(origin !== undefined && { origin }),
        ...(device !== undefined && { device }),
      });
      if (confirmation === null) return mark('quiet', say('closed'));
      return html`<div class="stack">
        ${facts([[say('outcome'), html`<code>${confirmation.outcome}</code>`]])}
        ${copyField(JSON.stringify(confirmation), say('confirmation'))}
        <p class="hint">${say('confirmationHint')}</p>
      </div>`;
    };
    return this.#panel('confirmation', confirm, (problem) => [
      textField({
        name: 'options',
        pointer: '/securePaymentConfirmation',
        label: say('options'),
        hint: say('optionsHint'),
        code: true,
        lines: 4,
        required: true,
        maxlength: 16_384,
        problem,
      }),
      textField({ name: 'origin', label: say('origin'), hint: say('originHint'), code: true, maxlength: 260, problem }),
      selectField({
        name: 'action',
        pointer: '/do',
        label: say('inDialog'),
        choices: CONFIRMATION_ACTIONS.map((value) => ({ value, label: say(`confirm.${value}`) })),
        problem,
      }),
      textField({
        name: 'confirmingDevice',
        pointer: '/device',
        label: say('device'),
        hint: say('deviceHint'),
        maxlength: 64,
        problem,
      }),
    ]);
  }

  #age(): TemplateResult {
    const make = async ({ sessionId = '', seconds }: Values) => {
      await this.context.api.post(`/api/sandbox/sessions/${encodeURIComponent(sessionId)}/age`, {
        seconds: Number(seconds),
      });
      return html`${mark('good', say('aged'))} <a href=${sessionAddress(sessionId)}>${say('toSession')}</a>`;
    };
    return this.#panel('age', make, (problem) => [
      textField({
        name: 'sessionId',
        pointer: '/id', // of the address, where it is sent
        label: say('sessionId'),
        code: true,
        required: true,
        maxlength: 64,
        problem,
      }),
      textField({
        name: 'seconds',
        label: say('seconds'),
        hint: say('secondsHint'),
        type: 'number',
        value: '960',
        required: true,
        problem,
      }),
    ]);
  }

  #event({ clientId, name }: SandboxClient, types: readonly string[]): TemplateResult {
    const send = async ({ type }: Values) => {
      await this.context.api.post('/api/sandbox/events', { clientId, type });
      return html`${mark('good', say('eventSent'))} ${link(this.context.me, clientAddress(clientId), say('toDeliveries'))}`;
    };
    return this.#panel(
      'event',
      send,
      (problem) => [
        selectField({
          name: 'type',
          label: say('eventType'),
          choices: types.map((value) => ({ value, label: value })),
          problem,
        }),
      ],
      { name },
    );
  }

  #panel(
    tool: Tool,
    perform: (values: Values) => Promise<TemplateResult>,
    fields: (problem: ApiProblem | undefined) => readonly TemplateResult[],
    words: Values = {},
  ): TemplateResult {
    const outcome = this.outcomes[tool];
    const problem = outcome && 'problem' in outcome ? outcome.problem : undefined;
    const known = problem instanceof ApiProblem ? problem : undefined;
    const busy = outcome !== undefined && 'busy' in outcome;
    return html`<form class="panel" aria-label=${say(`${tool}Title`)} @submit=${(event: SubmitEvent) => void this.#use(tool, event, perform)}>
      <h2>${say(`${tool}Title`)}</h2>
      <p class="soft">${say(`${tool}Text`, words)}</p>
      ${fields(known)}
      <div class="buttons"><button type="submit" class=${tool === 'cardholder' ? 'primary' : ''} aria-disabled=${busy}>${say(busy ? 'working' : `${tool}Action`)}</button></div>
      ${problemLine(problem)}
      <div role="status">${outcome && 'done' in outcome ? outcome.done : nothing}</div>
    </form>`;
  }
}

/** A text that is not JSON is sent as it is, and the API says what is wrong with it. */
function readOptions(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Where the browser is sent: the status, and the address to copy. The address may have a proof in it, so it is not a link. */
function redirectView(redirect: string): TemplateResult {
  const { origin, pathname, searchParams } = new URL(redirect);
  const [status, reason] = [searchParams.get('status'), searchParams.get('reason')];
  return html`<div class="stack">
    ${facts([
      [say('leadsTo'), html`<code class="address">${origin}${pathname}</code>`],
      [say('status'), status ? statusView(status) : undefined],
      [say('reason'), reason ? html`<code>${reason}</code>` : undefined],
      [say('proof'), searchParams.has('proofOfAuthentication') ? say('withProof') : undefined],
    ])}
    ${copyField(redirect, say('redirect'))}
    <p class="hint">${say('redirectHint')}</p>
  </div>`;
}

function statusView(status: string): TemplateResult {
  const kind = status === 'ERROR' ? 'bad' : status === 'CANCELLED' ? 'quiet' : 'good';
  return html`${mark(kind, find(`status.${status}`) ?? status)} <code>${status}</code>`;
}

customElements.define('sandbox-tools', SandboxTools);
