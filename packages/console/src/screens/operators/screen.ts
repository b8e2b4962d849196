/** The operators: who may sign in, with which role, and who is invited. */
import { Task } from '@lit/task';
import type { ListedOperator, OpenInvitation, OperatorList } from '@payment-passkeys/protocol/console';
import { html, nothing, type TemplateResult } from 'lit';
import { roleName } from '../../operator.ts';
import { announce } from '../../parts/announce.ts';
import { ask } from '../../parts/dialog.ts';
import { heading } from '../../parts/heading.ts';
import { mark } from '../../parts/mark.ts';
import { loaded } from '../../parts/states.ts';
import { table } from '../../parts/table.ts';
import { ago, when } from '../../parts/time.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { inviteOperator, roleField } from './invite.ts';
import { say } from './texts.ts';

class Operators extends Screen {
  readonly #list = new Task(this, {
    args: () => [],
    task: (_, { signal }) => this.context.api.get<OperatorList>('/api/operators', { signal }),
  });

  protected override render(): TemplateResult {
    const { me } = this.context;
    const decides = me.operator.role === 'ADMINISTRATOR';
    const invite = html`<button type="button" class="primary" @click=${this.#invite}>${say('invite')}</button>`;
    return html`${heading(say('title'), decides ? invite : undefined)}
      ${loaded(this.#list, ({ items, invitations }) => {
        return html`${this.#people(items, decides)}${invitations.length === 0 ? nothing : this.#invitations(invitations, decides)}`;
      })}`;
  }

  #people(items: readonly ListedOperator[], decides: boolean): TemplateResult {
    const { operatorId } = this.context.me.operator;
    return table<ListedOperator>({
      label: say('people'),
      rows: items,
      key: (row) => row.operatorId,
      columns: [
        {
          label: say('name'),
          main: true,
          cell: (row) =>
            html`${row.name}${row.operatorId === operatorId ? html` <span class="badge">${say('you')}</span>` : nothing}`,
        },
        {
          label: say('role'),
          cell: (row) => (row.role === undefined ? mark('busy', say('roleWaits')) : roleName(row.role)),
        },
        { label: say('method'), cell: (row) => say(`method.${row.signsInBy}`) },
        { label: say('since'), cell: (row) => when(row.createdAt) },
        {
          label: say('lastSeen'),
          cell: (row) => (row.lastSignedInAt === undefined ? say('never') : ago(row.lastSignedInAt)),
        },
        ...(decides
          ? [
              {
                label: say('actions'),
                actions: true,
                cell: (row: ListedOperator) => (row.operatorId === operatorId ? nothing : this.#actions(row)),
              },
            ]
          : []),
      ],
    });
  }

  #actions(row: ListedOperator): TemplateResult {
    const { name, signsInBy } = row;
    // The OpenID provider decides the role of those who sign in by it.
    const changeRole = html`<button type="button" aria-label=${say('changeRoleOf', { name })} @click=${() => this.#changeRole(row)}>
      ${say('changeRole')}
    </button>`;
    return html`<div class="buttons">
      ${signsInBy === 'OIDC' ? nothing : changeRole}
      <button type="button" aria-label=${say('removeOf', { name })} @click=${() => this.#remove(row)}>${say('remove')}</button>
    </div>`;
  }

  #invitations(rows: readonly OpenInvitation[], decides: boolean): TemplateResult {
    return html`<h2>${say('invitations')}</h2>
      ${table<OpenInvitation>({
        label: say('invitations'),
        rows,
        key: (row) => row.invitationId,
        columns: [
          { label: say('name'), main: true, cell: (row) => row.name },
          { label: say('role'), cell: (row) => roleName(row.role) },
          { label: say('invitedBy'), cell: (row) => row.invitedBy ?? say('commandLine') },
          { label: say('expires'), cell: (row) => ago(row.expiresAt) },
          ...(decides
            ? [{ label: say('actions'), actions: true, cell: (row: OpenInvitation) => this.#withdrawButton(row) }]
            : []),
        ],
      })}`;
  }

  #withdrawButton(row: OpenInvitation): TemplateResult {
    const { name } = row;
    return html`<button type="button" aria-label=${say('withdrawOf', { name })} @click=${() => this.#withdraw(row)}>${say('withdraw')}</button>`;
  }

  readonly #invite = async (): Promise<void> => {
    if (await inviteOperator(this.context.api)) await this.#list.run();
  };

  async #changeRole({ operatorId, name, role }: ListedOperator): Promise<void> {
    const { api, me } = this.context;
    let done = '';
    const changed = await ask({
      title: say('changeRoleTitle', { name }),
      body: say(me.approvals ? 'changeRoleApproval' : 'changeRoleNow', { name }),
      action: say('changeRole'),
      fields: (problem) => roleField({ value: role ?? '', problem }),
      perform: async (values) => {
        const answer = await api.put<{ approvalId?: string }>(`/api/operators/${operatorId}/role`, {
          role: values.role,
        });
        const words = { name, role: roleName(values.role ?? '') };
        done = answer.approvalId === undefined ? say('roleChanged', words) : say('roleRequested', words);
      },
    });
    if (changed) await this.#changed(done);
  }

  async #remove({ operatorId, name }: ListedOperator): Promise<void> {
    const removed = await ask({
      title: say('removeOf', { name }),
      body: say('removeText', { name }),
      action: say('remove'),
      danger: true,
      perform: () => this.context.api.delete(`/api/operators/${operatorId}`),
    });
    if (removed) await this.#changed(say('removed', { name }));
  }

  async #withdraw({ invitationId, name }: OpenInvitation): Promise<void> {
    const withdrawn = await ask({
      title: say('withdrawOf', { name }),
      body: say('withdrawText'),
      action: say('withdraw'),
      danger: true,
      perform: () => this.context.api.delete(`/api/operators/invitations/${invitationId}`),
    });
    if (withdrawn) await this.#changed(say('withdrawn', { name }));
  }

  async #changed(done: string): Promise<void> {
    announce(done);
    await this.#list.run();
  }
}
customElements.define('console-operators', Operators);

export function screen(context: ScreenContext): TemplateResult {
  return html`<console-operators .context=${context}></console-operators>`;
}
