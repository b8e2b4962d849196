/** The audit trail: who did what, when, on whose behalf, with what it changed; its export, and its last signed head. */
import { AUDIT_ACTIONS, type AuditEntry, type AuditPage, type OperatorRole } from '@payment-passkeys/protocol/console';
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { compareValues } from '../../audit/changes.ts';
import { actionWords, actorWords, subjectAddress, subjectWords } from '../../audit/words.ts';
import { may } from '../../operator.ts';
import { difference } from '../../parts/difference.ts';
import { selectField, textField } from '../../parts/fields.ts';
import { heading } from '../../parts/heading.ts';
import { id, shortId } from '../../parts/id.ts';
import { mark } from '../../parts/mark.ts';
import { Pages } from '../../parts/pages.ts';
import { empty } from '../../parts/states.ts';
import { facts } from '../../parts/table.ts';
import { exactly, when } from '../../parts/time.ts';
import { withQuery } from '../../router.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { listFilters } from '../../search/list-filters.ts';
import { type AuditFilters, readFilters } from './filters.ts';
import { say } from './texts.ts';

const MAY_EXPORT: readonly OperatorRole[] = ['AUDITOR'];

export function screen(context: ScreenContext): TemplateResult {
  return html`<audit-screen .context=${context}></audit-screen>`;
}

class AuditScreen extends Screen {
  static override readonly properties: PropertyDeclarations = { ...Screen.properties, head: { state: true } };

  /** Undefined until the first page is there; null until the first head is signed. */
  declare private head: AuditPage['head'] | null;
  readonly #pages: Pages<AuditEntry> = new Pages<AuditEntry>(this);
  #shown: string | undefined;

  get #filters(): AuditFilters {
    return readFilters(this.context.query);
  }

  protected override willUpdate(): void {
    const address = withQuery('/api/audit', this.#filters);
    if (address === this.#shown) return;
    this.#shown = address;
    void this.#pages.start((cursor, signal) => this.#load(cursor, signal));
  }

  async #load(cursor: string | undefined, signal: AbortSignal): Promise<AuditPage> {
    const page = await this.context.api.get<AuditPage>(withQuery('/api/audit', { ...this.#filters, cursor }), {
      signal,
    });
    this.head = page.head ?? null;
    return page;
  }

  protected override render(): TemplateResult {
    const given = this.#filters;
    // The server answers with a file, so the browser is left to follow the link.
    const download = may(this.context.me, MAY_EXPORT)
      ? html`<a class="button" href="/api/audit/export" download data-outside>${say('export')}</a>`
      : undefined;
    return html`${heading(say('title'), download)}
      ${this.#chain()} ${this.#filterBar(given)}
      ${this.#pages.render({
        view: (entries) => html`<ol class="entries" aria-label=${say('entries')}>
          ${repeat(
            entries,
            ({ position }) => position,
            (entry) => html`<li>${entryView(entry, this.context.me)}</li>`,
          )}
        </ol>`,
        none: () =>
          empty({ title: say('noneTitle'), text: say(Object.keys(given).length > 0 ? 'noneFiltered' : 'noneText') }),
      })}`;
  }

  #chain(): TemplateResult {
    const { head } = this;
    if (head === undefined) return html`<p class="chain soft">${say('chain')}</p>`;
    if (head === null) return html`<p class="chain">${mark('busy', say('neverSigned'))}</p>`;
    const { position, signedAt } = head;
    return html`<p class="chain">${mark('good', say('signed', { position }))} <span class="soft">${when(signedAt)}</span></p>`;
  }

  #filterBar(given: AuditFilters): TemplateResult {
    const { actor = '', action = '', subject = '' } = given;
    const actions = AUDIT_ACTIONS.map((value) => ({ value, label: actionWords(value) }));
    return listFilters({
      label: say('filters'),
      path: '/audit',
      navigation: this.context.navigation,
      given,
      times: { from: say('from'), to: say('to') },
      fields: html`${selectField({
        name: 'action',
        label: say('action'),
        value: action,
        choices: [{ value: '', label: say('any') }, ...actions],
      })}
      ${textField({ name: 'actor', label: say('actor'), value: actor, maxlength: 100, placeholder: say('actorExample') })}
      ${textField({ name: 'subject', label: say('subject'), value: subject, maxlength: 64, placeholder: say('subjectExample') })}`,
    });
  }
}

/** One line, which opens to what was changed and to the entry's place in the chain. */
function entryView(entry: AuditEntry, me: ScreenContext['me']): TemplateResult {
  const { at, actor, action, onBehalfOf } = entry;
  return html`<details class="entry">
    <summary>
      <span class="what"><b>${actionWords(action)}</b> <span class="subject"><bdi>${subjectWords(entry)}</bdi></span></span>
      <span class="by"><bdi>${actorWords(actor)}</bdi>${onBehalfOf === undefined ? nothing : html` <span class="soft">${say('onBehalfOf')} <bdi>${actorWords(onBehalfOf)}</bdi></span>`}</span>
      <span class="soft">${when(at)}</span>
    </summary>
    <div class="entry-body">${changesOf(entry)} ${placeOf(entry, me)}</div>
  </details>`;
}

function changesOf({ before, after }: AuditEntry): TemplateResult {
  const rows = compareValues(before, after);
  if (rows.length === 0) return html`<p class="soft">${say('noChange')}</p>`;
  return difference({ label: say('changes'), rows });
}

function placeOf(entry: AuditEntry, me: ScreenContext['me']): TemplateResult {
  const { position, hash, previous, at, actor, subject, action } = entry;
  const address = subjectAddress(subject);
  return facts([
    [
      say('subject'),
      id(subject.id, { name: say('subjectId'), screen: address === undefined ? undefined : { me, address } }),
    ],
    [say('actor'), 'id' in actor ? id(actor.id, { name: say('actorId') }) : actorWords(actor)],
    [say('time'), exactly(at)],
    [say('action'), html`<code>${action}</code>`],
    [say('position'), position],
    [say('hash'), shortId(hash)],
    [say('previous'), shortId(previous)],
  ]);
}

customElements.define('audit-screen', AuditScreen);
