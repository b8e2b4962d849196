/** The overview: what is wrong right now, and how enrolments and payments went over a time. Every number leads to the sessions behind it. */
import { Task } from '@lit/task';
import type { Overview, Problems } from '@payment-passkeys/protocol/console';
import { html, nothing, type TemplateResult } from 'lit';
import { selectField } from '../../parts/fields.ts';
import { filters } from '../../parts/filters.ts';
import { heading } from '../../parts/heading.ts';
import { empty, loaded } from '../../parts/states.ts';
import { tabs } from '../../parts/tabs.ts';
import { when } from '../../parts/time.ts';
import { withQuery } from '../../router.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { activity } from './activity.ts';
import { viewProblems } from './problems.ts';
import { beginningOf, LASTS, readLast } from './range.ts';
import { browsersTable, clientsTable } from './rows.ts';
import { say } from './texts.ts';

const PATH = '/overview';
const REFRESH_MILLISECONDS = 60_000;

class OverviewScreen extends Screen {
  #refresh: ReturnType<typeof setInterval> | undefined;
  /** Whether the next call is one that the operator did not ask for. */
  #background = false;

  readonly #overview = new Task(this, {
    args: () => [this.context.query.toString()],
    task: (_, { signal }) => {
      const { query, api } = this.context;
      const range = { from: beginningOf(readLast(query), Date.now()) };
      const filter = {
        clientId: query.get('clientId') ?? undefined,
        browserFamily: query.get('browserFamily') ?? undefined,
      };
      const path = withQuery('/api/overview', { ...range, ...filter });
      return api.get<Overview>(path, { signal, background: this.#background });
    },
  });
  readonly #problems = new Task(this, {
    args: () => [],
    task: (_, { signal }) => this.context.api.get<Problems>('/api/problems', { signal, background: this.#background }),
  });

  override connectedCallback(): void {
    super.connectedCallback();
    // The page does not wait for the chart; without the chart, the numbers are in the tables.
    import('./chart.ts').catch(() => undefined);
    this.#refresh = setInterval(() => {
      if (document.visibilityState === 'visible') void this.#again();
    }, REFRESH_MILLISECONDS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#refresh);
  }

  async #again(): Promise<void> {
    this.#background = true;
    // A failure is on the screen already, and the next refresh, a minute later, tries again.
    await Promise.allSettled([this.#overview.run(), this.#problems.run()]);
    this.#background = false;
  }

  protected override render(): TemplateResult {
    return html`${heading(say('title'))}
      ${loaded(this.#problems, (problems) => viewProblems(problems, this.context.me), 1)}
      ${this.#times()}
      ${loaded(this.#overview, (overview) => this.#view(overview), 14)}`;
  }

  #times(): TemplateResult {
    const { query } = this.context;
    const current = readLast(query);
    const hrefOf = (last: string) =>
      withQuery(PATH, { ...Object.fromEntries(query), last: last === '24h' ? undefined : last });
    return tabs(
      say('time'),
      LASTS.map((last) => ({ label: say(`last.${last}`), href: hrefOf(last), current: last === current })),
    );
  }

  #view(overview: Overview): TemplateResult {
    const { enrolments, payments, clients, browsers, from, to, openCutOff } = overview;
    const none = [enrolments, payments].every(({ funnel }) => (funnel[0]?.sessions ?? 0) === 0);
    return html`${this.#filters(overview)}
      <p class="soft counted">${when(from)} – ${when(to)}${openCutOff ? html`<br />${say('cutOff')}` : nothing}</p>
      ${
        none
          ? empty({ title: say('emptyTitle'), text: say('emptyText') })
          : html`<div class="pair">
              ${activity({ kind: 'ENROLMENT', title: say('enrolments'), overview, of: enrolments })}
              ${activity({ kind: 'PAYMENT', title: say('payments'), overview, of: payments })}
            </div>
            ${clientsTable(clients, this.context.me)} ${browsersTable(browsers)}`
      }`;
  }

  /** Offers the clients and browsers that had sessions, and the one that is set. */
  #filters({ clients, browsers }: Overview): TemplateResult {
    const { query, navigation } = this.context;
    const clientId = query.get('clientId') ?? '';
    const browserFamily = query.get('browserFamily') ?? '';
    const names = new Map([
      ...(clientId ? [[clientId, clientId] as const] : []),
      ...clients.map((row) => [row.clientId, row.name] as const),
    ]);
    const families = new Set([...(browserFamily ? [browserFamily] : []), ...browsers.map((row) => row.browserFamily)]);
    return filters({
      label: say('filter'),
      path: PATH,
      navigation,
      instant: true,
      active: clientId !== '' || browserFamily !== '',
      map: (values) => ({ ...values, last: query.get('last') ?? undefined }),
      fields: html`${selectField({
        label: say('client'),
        name: 'clientId',
        value: clientId,
        choices: [{ value: '', label: say('everyClient') }, ...[...names].map(([value, label]) => ({ value, label }))],
      })}
      ${selectField({
        label: say('browser'),
        name: 'browserFamily',
        value: browserFamily,
        choices: [
          { value: '', label: say('everyBrowser') },
          ...[...families].map((value) => ({ value, label: value })),
        ],
      })}`,
    });
  }
}
customElements.define('console-overview', OverviewScreen);

export function screen(context: ScreenContext): TemplateResult {
  return html`<console-overview .context=${context}></console-overview>`;
}
