/** The approvals: changes that wait for a second person, with what they change, and those that are decided. */
import type { Approval, ApprovalPage, ApprovalState, Difference } from '@payment-passkeys/protocol/console';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { announce } from '../../parts/announce.ts';
import { ask } from '../../parts/dialog.ts';
import { difference } from '../../parts/difference.ts';
import { heading } from '../../parts/heading.ts';
import { type MarkKind, mark } from '../../parts/mark.ts';
import { Pages } from '../../parts/pages.ts';
import { empty } from '../../parts/states.ts';
import { tabs } from '../../parts/tabs.ts';
import { ago, when } from '../../parts/time.ts';
import { withQuery } from '../../router.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { find, say } from './texts.ts';

const MARKS: Readonly<Record<ApprovalState, MarkKind>> = {
  WAITING: 'busy',
  APPROVED: 'good',
  REJECTED: 'bad',
  WITHDRAWN: 'quiet',
  LAPSED: 'quiet',
};

/** Who may decide which kind of request. */
const DECIDES = { client: ['OPERATOR'], passkey: ['OPERATOR'], operator: ['ADMINISTRATOR'] } as const;

class Approvals extends Screen {
  readonly #pages = new Pages<Approval>(this);
  #shown: string | undefined;

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('context')) return;
    const state = this.#showsAll ? 'all' : 'waiting';
    if (state === this.#shown) return;
    this.#shown = state;
    void this.#pages.start((cursor, signal) => {
      return this.context.api.get<ApprovalPage>(withQuery('/api/approvals', { state, cursor }), { signal });
    });
  }

  get #showsAll(): boolean {
    return this.context.query.get('show') === 'all';
  }

  protected override render(): TemplateResult {
    const all = this.#showsAll;
    const { approvals } = this.context.me;
    return html`${heading(say('title'))}
      ${approvals ? nothing : html`<div class="note"><b>${say('offTitle')}</b> ${say('offText')}</div>`}
      ${tabs(say('show'), [
        { label: say('waiting'), href: '/approvals', current: !all },
        { label: say('all'), href: '/approvals?show=all', current: all },
      ])}
      ${this.#pages.render({
        none: () => empty({ title: say(all ? 'emptyTitle' : 'noneTitle'), text: say('noneText') }),
        view: (items) =>
          html`<ul class="stack">${repeat(
            items,
            ({ approvalId }) => approvalId,
            (each) => this.#card(each),
          )}</ul>`,
      })}`;
  }

  #card(approval: Approval): TemplateResult {
    const { state, requestedBy, requestedAt, lapsesAt, decidedBy, decidedAt, differences, waitsFor } = approval;
    const own = this.#isOwn(approval);
    return html`<li class="panel">
      <div class="panel-head">
        <h2>${titleOf(approval)}</h2>
        ${mark(MARKS[state], say(`state.${state}`))}
      </div>
      <p class="soft">
        ${own ? say('requestedByYou') : say('requestedBy', { name: requestedBy.name })} ${ago(requestedAt)}
        ${state === 'WAITING' ? html`· ${say('lapses')} ${ago(lapsesAt)}` : nothing}
        ${decidedBy && decidedAt ? html`· ${say(`state.${state}`)} ${say('decidedBy', { name: decidedBy.name })}, ${when(decidedAt)}` : nothing}
      </p>
      ${changes(differences, waitsFor, state)}
      ${state === 'WAITING' ? this.#decision(approval, own) : nothing}
    </li>`;
  }

  #isOwn({ requestedBy }: Approval): boolean {
    return requestedBy.operatorId === this.context.me.operator.operatorId;
  }

  #decision(approval: Approval, own: boolean): TemplateResult {
    const title = titleOf(approval);
    if (own)
      return html`<p class="hint">${say('own')}</p>
        <div class="buttons">
          <button type="button" aria-label=${say('withdrawOf', { title })} @click=${() => this.#decide(approval, 'withdraw')}>${say('withdraw')}</button>
        </div>`;
    const roles: readonly string[] = DECIDES[approval.subject.kind];
    if (!roles.includes(this.context.me.operator.role)) return html`<p class="hint">${say('readOnly')}</p>`;
    return html`<div class="buttons">
      <button type="button" class="primary" aria-label=${say('approveOf', { title })} @click=${() => this.#decide(approval, 'approve')}>${say('approve')}</button>
      <button type="button" aria-label=${say('rejectOf', { title })} @click=${() => this.#decide(approval, 'reject')}>${say('reject')}</button>
    </div>`;
  }

  async #decide(approval: Approval, decision: 'approve' | 'reject' | 'withdraw'): Promise<void> {
    const { approvalId, hash, requestedBy } = approval;
    const title = titleOf(approval);
    const decided = await ask({
      title: say(`${decision}Of`, { title }),
      body: html`<p>${say(`${decision}Text`, { name: requestedBy.name })}</p>
        ${decision === 'approve' ? changes(approval.differences, approval.waitsFor, 'WAITING') : nothing}`,
      action: say(decision),
      danger: decision === 'reject',
      // The hash, so that what is approved is exactly what is shown.
      perform: () => this.context.api.post(`/api/approvals/${approvalId}/${decision}`, { hash }),
    });
    if (!decided) return;
    announce(say(({ approve: 'approved', reject: 'rejected', withdraw: 'withdrawn' } as const)[decision], { title }));
    await this.#pages.again();
  }
}
customElements.define('console-approvals', Approvals);

function titleOf({ kind, subject: { name } }: Approval): string {
  return find(`kind.${kind}`)?.replace('{name}', () => name) ?? say('kind.other', { kind, name });
}

function changes(
  differences: readonly Difference[],
  waitsFor: readonly string[],
  state: ApprovalState,
): TemplateResult {
  if (differences.length === 0) return html`<p>${say('noDifferences')}</p>`;
  const heads =
    state === 'WAITING'
      ? { before: say('now'), after: say('afterApproval') }
      : { before: say('before'), after: say('requested') };
  return difference({ ...heads, label: say('changes'), rows: differences, waitsFor });
}

export function screen(context: ScreenContext): TemplateResult {
  return html`<console-approvals .context=${context}></console-approvals>`;
}
