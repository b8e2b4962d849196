/** The search for passkeys: by a cardholder's account, or by an id. */
import type { FoundPasskey, FoundPasskeys, PasskeySearch } from '@payment-passkeys/protocol/console';
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { passkeyAddress } from '../../addresses.ts';
import { may } from '../../operator.ts';
import { announce } from '../../parts/announce.ts';
import { heading } from '../../parts/heading.ts';
import { mark } from '../../parts/mark.ts';
import { empty, failed, waiting } from '../../parts/states.ts';
import { table } from '../../parts/table.ts';
import { when } from '../../parts/time.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import type { SearchTerm } from '../../search/recognise.ts';
import '../../search/search-field.ts';
import type { SearchField } from '../../search/search-field.ts';
import { changePasskey, deletePasskeys } from './change.ts';
import { MAY_CHANGE, MAY_SUSPEND } from './roles.ts';
import { say, sayCount } from './texts.ts';
import { authenticatorName, changeMeant, listOf, statusWords } from './words.ts';

export function screen(context: ScreenContext): TemplateResult {
  return html`<passkeys-screen .context=${context}></passkeys-screen>`;
}

/** What was found, and for what: an id, or an account's mask. Kept for the way back from a passkey, until the page is loaded again. */
interface Found {
  readonly operatorId: string;
  readonly what: string;
  readonly items: readonly FoundPasskey[];
}

let kept: Found | undefined;

class PasskeysScreen extends Screen {
  static override readonly properties: PropertyDeclarations = {
    ...Screen.properties,
    found: { state: true },
    busy: { state: true },
    problem: { state: true },
    waits: { state: true },
  };

  declare private found: Found | undefined;
  declare private busy: boolean;
  declare private problem: unknown;
  /** A deletion of these passkeys was sent, and waits for a second operator. */
  declare private waits: boolean;
  #again: () => void = () => {};

  protected override firstUpdated(): void {
    const field = this.querySelector('search-field') as SearchField; // it is in the template
    this.found = kept?.operatorId === this.context.me.operator.operatorId ? kept : undefined;
    if (this.found) field.show(this.found.what);
    // After the frame has set its focus.
    void field.updateComplete.then(() => setTimeout(() => field.focus()));
  }

  readonly #search = (term: Exclude<SearchTerm, { kind: 'PROBLEM' }>): void => {
    if (term.kind === 'NOTHING') {
      kept = undefined;
      this.found = undefined;
      return;
    }
    const [body, what] = term.kind === 'ID' ? [{ id: term.id }, term.id] : [{ account: term.account }, term.masked];
    this.waits = false;
    this.#again = () => void this.#load(body, what);
    this.#again();
  };

  async #load(body: PasskeySearch, what: string): Promise<void> {
    Object.assign(this, { busy: true, problem: undefined });
    const { api, me, navigation } = this.context;
    try {
      const { items } = await api.post<FoundPasskeys>('/api/passkeys/search', body);
      kept = { operatorId: me.operator.operatorId, what, items };
      this.found = kept;
      const [only] = items;
      if (only && items.length === 1) navigation.go(passkeyAddress(only.credentialId));
      else announce(items.length === 0 ? say('nothingTitle') : sayCount('foundFor', items.length, { what }));
    } catch (error) {
      this.problem = error;
    }
    this.busy = false;
  }

  async #suspend({ credentialId }: FoundPasskey): Promise<void> {
    const { api, navigation } = this.context;
    const changed = await changePasskey({ api, credentialId, action: 'suspend' });
    if (!changed) return;
    announce(changeMeant('suspend', changed));
    navigation.go(passkeyAddress(credentialId));
  }

  async #deleteAll(passkeys: readonly FoundPasskey[]): Promise<void> {
    const { api, me } = this.context;
    const outcome = await deletePasskeys({ api, passkeys, waits: me.approvals });
    if (!outcome) return;
    this.waits = outcome.outcome === 'WAITING';
    announce(this.waits ? say('deletionWaits') : say('deletedAll', { count: passkeys.length }));
    if (this.waits) return;
    kept = undefined;
    this.found = this.found && { ...this.found, items: this.found.items.filter((item) => !passkeys.includes(item)) };
  }

  protected override render(): TemplateResult {
    return html`${heading(say('title'))}
      <search-field .label=${say('searchLabel')} .search=${this.#search}></search-field>
      ${this.#content()}`;
  }

  #content(): TemplateResult {
    const { found, busy, problem } = this;
    if (problem !== undefined) return failed(problem, this.#again);
    if (!found) return busy ? waiting(4) : empty({ title: say('startTitle'), text: say('startText') });
    const { what, items } = found;
    if (items.length === 0) return empty({ title: say('nothingTitle'), text: say('nothingFor', { what }) });
    return html`<section class=${busy ? 'reloading' : ''} aria-busy=${busy ?? false}>
      <div class="panel-head">
        <h2>${sayCount('foundFor', items.length, { what })}</h2>
        ${this.#deletion(items)}
      </div>
      ${this.waits ? html`<div class="note"><b>${say('deletionWaits')}</b> <a href="/approvals">${say('toApprovals')}</a></div>` : nothing}
      ${this.#table(items)}
    </section>`;
  }

  #deletion(items: readonly FoundPasskey[]): TemplateResult | typeof nothing {
    const live = items.filter(({ status }) => status !== 'DELETED');
    if (live.length < 2 || this.waits || !may(this.context.me, MAY_CHANGE)) return nothing;
    return html`<button type="button" @click=${() => void this.#deleteAll(live)}>${say('deleteAll')}</button>`;
  }

  #table(rows: readonly FoundPasskey[]): TemplateResult {
    const suspends = may(this.context.me, MAY_SUSPEND);
    return table<FoundPasskey>({
      label: say('foundLabel'),
      rows,
      key: ({ credentialId }) => credentialId,
      columns: [
        {
          label: say('passkey'),
          main: true,
          cell: (row) => html`<a href=${passkeyAddress(row.credentialId)}>${authenticatorName(row.authenticator)}</a>`,
        },
        { label: say('columnStatus'), cell: ({ status }) => statusMark(status) },
        {
          label: say('columnUsedAt'),
          cell: ({ heldBy }) => (heldBy.length === 0 ? say('usedNowhere') : listOf(heldBy)),
        },
        { label: say('columnDevices'), numeric: true, cell: ({ devices }) => devices },
        { label: say('columnLastUsed'), cell: ({ lastUsedAt }) => when(lastUsedAt) },
        {
          label: say('actions'),
          actions: true,
          cell: (row) =>
            suspends && (row.status === 'ACTIVE' || row.status === 'PENDING_ACTIVATION')
              ? html`<button type="button" @click=${() => void this.#suspend(row)}>${say('suspend')}</button>`
              : nothing,
        },
      ],
    });
  }
}

function statusMark(status: FoundPasskey['status']): TemplateResult {
  const { kind, text } = statusWords(status, []);
  return mark(kind, text);
}

customElements.define('passkeys-screen', PasskeysScreen);
