/** The clients: who may call the network, in which state, and what needs a look. */

import { Task } from '@lit/task';
import type { ClientList, ClientSummary } from '@payment-passkeys/protocol/console';
import { html, type TemplateResult } from 'lit';
import { clientAddress } from '../../addresses.ts';
import { byName } from '../../language.ts';
import { may } from '../../operator.ts';
import { heading } from '../../parts/heading.ts';
import { link } from '../../parts/link.ts';
import { mark } from '../../parts/mark.ts';
import { empty, loaded } from '../../parts/states.ts';
import { type Column, table } from '../../parts/table.ts';
import { day } from '../../parts/time.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { MAY_CHANGE, MAY_READ } from './roles.ts';
import { say, sayCount } from './texts.ts';
import { expiryKind, STATE_MARKS, stateWords } from './words.ts';

export function screen(context: ScreenContext): TemplateResult {
  return html`<clients-screen .context=${context}></clients-screen>`;
}

class ClientsScreen extends Screen {
  readonly #clients: Task<readonly [], ClientList> = new Task(this, {
    task: (_, { signal }) => this.context.api.get<ClientList>('/api/clients', { signal }),
    args: () => [] as const,
  });

  protected override render(): TemplateResult {
    const add = may(this.context.me, MAY_CHANGE)
      ? html`<a class="button primary" href="/onboard">${say('onboard')}</a>`
      : undefined;
    return html`${heading(say('title'), add)}
      ${loaded(this.#clients, ({ items }) => (items.length === 0 ? none(add) : this.#table(byName(items))))}`;
  }

  #table(rows: readonly ClientSummary[]): TemplateResult {
    const { me } = this.context;
    return table<ClientSummary>({
      label: say('title'),
      rows,
      key: ({ clientId }) => clientId,
      columns: [
        {
          label: say('name'),
          main: true,
          cell: ({ clientId, name }) => link(me, clientAddress(clientId), html`<bdi>${name}</bdi>`),
        },
        { label: say('clientId'), cell: ({ clientId }) => html`<code>${clientId}</code>` },
        { label: say('role'), cell: ({ role }) => say(role === 'issuer' ? 'roleIssuer' : 'roleMerchant') },
        { label: say('stateLabel'), cell: ({ state }) => mark(STATE_MARKS[state], stateWords(state)) },
        ...(may(me, MAY_READ) ? READER_COLUMNS : []),
      ],
    });
  }
}

const READER_COLUMNS: readonly Column<ClientSummary>[] = [
  { label: say('keys'), cell: ({ keysExpireAt }) => keysCell(keysExpireAt) },
  { label: say('webhooks'), cell: webhooksCell },
  { label: say('version'), numeric: true, cell: ({ version }) => version },
];

/** Without a certificate a key does not expire. */
function keysCell(expiresAt: string | undefined): TemplateResult {
  if (expiresAt === undefined) return html`<span class="soft">${say('keysNeverExpire')}</span>`;
  const kind = expiryKind(expiresAt, Date.now());
  const words = say(Date.parse(expiresAt) < Date.now() ? 'expired' : 'expires');
  return html`<span class="nowrap">${kind === 'good' ? words : mark(kind, words)} ${day(expiresAt)}</span>`;
}

function webhooksCell({ waiting = 0, dead = 0, webhooksOff = 0 }: ClientSummary): TemplateResult {
  const findings = [
    ...(webhooksOff > 0 ? [mark('bad', sayCount('webhooksOff', webhooksOff))] : []),
    ...(dead > 0 ? [mark('bad', sayCount('dead', dead))] : []),
    ...(waiting > 0 ? [mark('busy', sayCount('waiting', waiting))] : []),
  ];
  return findings.length === 0
    ? html`<span class="soft">${say('nothingWaits')}</span>`
    : html`<span class="marks">${findings}</span>`;
}

function none(action: TemplateResult | undefined): TemplateResult {
  return empty({ title: say('noneTitle'), text: say('noneText'), ...(action && { action }) });
}

customElements.define('clients-screen', ClientsScreen);
