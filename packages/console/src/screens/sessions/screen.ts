/** The list of sessions: found by any id or by an account, and by the filters of the address. */

import { Task } from '@lit/task';
import type { ClientList, SessionPage, SessionRow, SessionSearch } from '@payment-passkeys/protocol/console';
import { html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from 'lit';
import { sessionAddress } from '../../addresses.ts';
import { heading } from '../../parts/heading.ts';
import { mark } from '../../parts/mark.ts';
import { Pages } from '../../parts/pages.ts';
import { empty } from '../../parts/states.ts';
import { table } from '../../parts/table.ts';
import { when } from '../../parts/time.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import type { SearchTerm } from '../../search/recognise.ts';
import '../../search/search-field.ts';
import type { SearchField } from '../../search/search-field.ts';
import { filterBar } from './filter-bar.ts';
import { addressOf, type Filters, readFilters } from './filters.ts';
import { say } from './texts.ts';
import { OUTCOME_MARKS, outcomeWords, reasonWords, subjectWords } from './words.ts';

export function screen(context: ScreenContext): TemplateResult {
  return html`<sessions-screen .context=${context}></sessions-screen>`;
}

type FoundTerm = Exclude<SearchTerm, { kind: 'PROBLEM' }>;

/** The last search term, for the return from a session. In memory only, and only for the operator who typed it. */
let kept: { readonly operatorId: string; readonly term: FoundTerm } | undefined;

/** One call of a search reads a bounded number of sessions. The screen goes on by itself until this many answers were empty. */
const EMPTY_PAGES = 5;

class SessionsScreen extends Screen {
  static override readonly properties: PropertyDeclarations = { ...Screen.properties, term: { state: true } };

  declare private term: FoundTerm;
  readonly #pages: Pages<SessionRow> = new Pages<SessionRow>(this);
  /** Where to continue a search that has read many sessions and found none. */
  #further: { readonly cursor: string; readonly searchedTo: string | undefined } | undefined;
  #drawn = '';

  readonly #clients: Task<readonly [], ClientList> = new Task(this, {
    task: (_, { signal }) => this.context.api.get<ClientList>('/api/clients', { signal }),
    args: () => [] as const,
  });

  protected override willUpdate(changed: PropertyValues): void {
    if (!this.hasUpdated) {
      const mine = kept?.operatorId === this.context.me.operator.operatorId;
      this.term = mine && kept ? kept.term : { kind: 'NOTHING' };
    }
    const address = addressOf(this.#filters);
    if (!changed.has('term') && address === this.#drawn) return;
    this.#drawn = address;
    this.#start(undefined);
  }

  protected override firstUpdated(): void {
    const text = whatOf(this.term);
    if (text !== undefined) this.#field.show(text);
  }

  get #field(): SearchField {
    return this.querySelector('search-field') as SearchField; // it is in the template
  }

  get #filters(): Filters {
    return readFilters(this.context.query);
  }

  #start(from: string | undefined): void {
    void this.#pages.start((cursor, signal) => this.#load(cursor ?? from, signal));
  }

  async #load(first: string | undefined, signal: AbortSignal): Promise<SessionPage> {
    const { term } = this;
    const search: SessionSearch = {
      ...this.#filters,
      ...(term.kind === 'ID' && { id: term.id }),
      ...(term.kind === 'ACCOUNT' && { account: term.account }),
    };
    this.#further = undefined;
    let cursor = first;
    for (let read = 1; ; read++) {
      const body = { ...search, ...(cursor !== undefined && { cursor }) };
      const page = await this.context.api.post<SessionPage>('/api/sessions/search', body, { signal });
      if (page.items.length > 0 || page.next === undefined) return page;
      if (read === EMPTY_PAGES) {
        this.#further = { cursor: page.next, searchedTo: page.searchedTo };
        return { items: [] };
      }
      cursor = page.next;
    }
  }

  readonly #search = (term: FoundTerm): void => {
    kept = { operatorId: this.context.me.operator.operatorId, term };
    this.term = term;
  };

  #forgetTerm(): void {
    this.#field.clear();
    this.#search({ kind: 'NOTHING' });
  }

  protected override render(): TemplateResult {
    const what = whatOf(this.term);
    return html`${heading(say('title'))}
      <search-field .label=${say('searchLabel')} .search=${this.#search}></search-field>
      ${filterBar({ given: this.#filters, clients: this.#clients.value?.items ?? [], navigation: this.context.navigation })}
      ${
        what === undefined
          ? nothing
          : html`<div class="results"><h2>${say('resultsFor', { what })}</h2>
              <button type="button" @click=${() => this.#forgetTerm()}>${say('allSessions')}</button></div>`
      }
      ${this.#pages.render({ view: sessionTable, none: () => this.#none() })}`;
  }

  #none(): TemplateResult {
    const further = this.#further;
    const filtered = Object.keys(this.#filters).length > 0;
    if (further) {
      return html`<div class="empty"><h2>${say('noneTitle')}</h2>
        <p>${further.searchedTo === undefined ? nothing : html`${say('noneSince')} ${when(further.searchedTo)}`}</p>
        <button type="button" @click=${() => this.#start(further.cursor)}>${say('searchOn')}</button></div>`;
    }
    const clear = html`<a class="button" href="/sessions">${say('clear')}</a>`;
    if (this.term.kind !== 'NOTHING')
      return empty({
        title: say('noneTitle'),
        text: say(filtered ? 'noneBoth' : 'noneText'),
        ...(filtered && { action: clear }),
      });
    return filtered
      ? empty({ title: say('noneTitle'), text: say('noneFiltered'), action: clear })
      : empty({ title: say('noneTitle'), text: say('noneAtAll') });
  }
}

/** What was searched, as the screen shows it: an id, or an account's mask. */
function whatOf(term: FoundTerm): string | undefined {
  if (term.kind === 'ID') return term.id;
  return term.kind === 'ACCOUNT' ? term.masked : undefined;
}

function sessionTable(rows: readonly SessionRow[]): TemplateResult {
  return table<SessionRow>({
    label: say('listLabel'),
    rows,
    key: ({ authenticationSessionId }) => authenticationSessionId,
    columns: [
      {
        label: say('columnWhat'),
        main: true,
        cell: (row) =>
          html`<a class="nowrap" href=${sessionAddress(row.authenticationSessionId)}>${subjectWords(row)}</a>`,
      },
      { label: say('columnOutcome'), cell: outcomeCell },
      { label: say('columnClient'), cell: ({ clientName }) => html`<bdi>${clientName}</bdi>` },
      {
        label: say('columnOrder'),
        cell: ({ payment }) => payment && html`<code class="nowrap">${payment.orderId}</code>`,
      },
      {
        label: say('columnCard'),
        cell: ({ panLastFour }) => panLastFour && html`<span class="nowrap">•••• ${panLastFour}</span>`,
      },
      { label: say('columnBrowser'), cell: ({ browserFamily }) => (browserFamily === 'Unknown' ? '' : browserFamily) },
      { label: say('columnStarted'), cell: ({ createdAt }) => when(createdAt) },
    ],
  });
}

function outcomeCell({ outcome, reason }: SessionRow): TemplateResult {
  const why = reason && reasonWords(reason);
  return html`<span class="stacked">${mark(OUTCOME_MARKS[outcome], outcomeWords(outcome))}
    ${why === undefined ? nothing : html`<span class="soft" title=${reason ?? nothing}>${why}</span>`}</span>`;
}

customElements.define('sessions-screen', SessionsScreen);
