/** One examination: what is to be done next, and each row with its state, live while it runs. */
import type { Examination, ExaminationRow, RowState } from '@payment-passkeys/protocol/sandbox';
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatNumber } from '../../language.ts';
import { may } from '../../operator.ts';
import { announce } from '../../parts/announce.ts';
import { ask } from '../../parts/dialog.ts';
import { Follower } from '../../parts/follower.ts';
import { heading } from '../../parts/heading.ts';
import { type MarkKind, mark } from '../../parts/mark.ts';
import { failed, waiting } from '../../parts/states.ts';
import { facts } from '../../parts/table.ts';
import { exactly } from '../../parts/time.ts';
import { describeProblem } from '../../problem.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { addressOfExamination } from './examinations.ts';
import { addressOf, MAY_ACT } from './frame.ts';
import { say, sayCount } from './texts.ts';

export function screen(context: ScreenContext): TemplateResult {
  return html`<sandbox-examination .context=${context}></sandbox-examination>`;
}

class SandboxExamination extends Screen {
  /** Loads the examination again and again until it is DONE. */
  readonly #examination = new Follower<Examination>(this, {
    load: (id, _, options) => this.context.api.get(pathOf(id), options),
    isFinal: ({ state }) => state === 'DONE',
  });

  protected override willUpdate(): void {
    this.#examination.follow(this.context.params.id);
  }

  async #end({ examinationId, clientName }: Examination): Promise<void> {
    const done = await ask({
      title: say('endTitle', { name: clientName }),
      body: say('endText'),
      action: say('end'),
      perform: async () => {
        this.#examination.set(await this.context.api.post<Examination>(`${pathOf(examinationId)}/end`));
      },
    });
    if (done) announce(say('ended!'));
  }

  /** Starts another examination, with only the rows that are not passed. */
  async #again({ clientId, clientName, rows }: Examination): Promise<void> {
    const ids = rows.filter(({ state }) => state !== 'PASSED').map(({ id }) => id);
    let started: Examination | undefined;
    const done = await ask({
      title: say('againTitle', { name: clientName }),
      body: sayCount('againText', ids.length),
      action: say('again'),
      perform: async () => {
        started = await this.context.api.post<Examination>('/api/sandbox/examinations', { clientId, rows: ids });
      },
    });
    if (done && started) this.context.navigation.go(addressOfExamination(started));
  }

  protected override render(): TemplateResult {
    const { value: examination, problem } = this.#examination;
    const back = html`<a href=${addressOf('examinations', examination?.clientId)}>${say('tab.examinations')}</a>`;
    const title =
      examination === undefined ? say('examination') : say('examinationOf', { name: examination.clientName });
    return html`${heading(title, examination && this.#actions(examination), back)}
      ${
        examination === undefined
          ? problem === undefined
            ? waiting(10)
            : failed(problem, () => this.#examination.again())
          : view(examination, problem)
      }`;
  }

  #actions(examination: Examination): TemplateResult {
    const { examinationId, state, passed, rows } = examination;
    const acts = may(this.context.me, MAY_ACT);
    const ends = acts && state === 'RUNNING';
    const again = acts && state === 'DONE' && !passed && rows.some((row) => row.state !== 'PASSED');
    return html`${again ? html`<button type="button" @click=${() => void this.#again(examination)}>${say('again')}</button>` : nothing}
      ${ends ? html`<button type="button" @click=${() => void this.#end(examination)}>${say('end')}</button>` : nothing}
      <a class="button" href="/examinations/${encodeURIComponent(examinationId)}" target="_blank" data-outside>${say('report')}</a>`;
  }
}

function pathOf(examinationId: string): string {
  return `/api/sandbox/examinations/${encodeURIComponent(examinationId)}`;
}

function view(examination: Examination, problem: unknown): TemplateResult {
  const { rows, faults } = examination;
  return html`<p class="state" role="status">${verdict(examination)}</p>
    ${problem === undefined ? nothing : html`<p class="note">${say('stopped', { problem: describeProblem(problem) })}</p>`}
    ${counts(rows)} ${next(examination)}
    ${
      faults.length === 0
        ? nothing
        : html`<section><h2>${say('faults')}</h2><ul class="entries">${faults.map(
            ({ request, seen, right, contract }) =>
              html`<li class="fault">${mark('bad', html`<code>${request}</code>`)}${facts([
                [say('seen'), seen],
                [say('right'), right],
                [say('contract'), contract],
              ])}</li>`,
          )}</ul></section>`
    }
    <section>
      <h2>${say('rows')}</h2>
      <ol class="entries">${repeat(
        rows,
        ({ id }) => id,
        (row) => html`<li>${rowView(row)}</li>`,
      )}</ol>
    </section>
    <section>
      <h2>${say('aboutExamination')}</h2>
      ${timesOf(examination)}
    </section>`;
}

function verdict({ state, passed }: Examination): TemplateResult {
  if (state === 'RUNNING') return mark('busy', say('running'));
  return passed ? mark('good', say('passed')) : mark('bad', say('notPassed'));
}

const MARKS: Readonly<Record<RowState, MarkKind>> = {
  PASSED: 'good',
  FAILED: 'bad',
  PLAYING: 'busy',
  NOT_REACHED: 'notice',
  PENDING: 'quiet',
};

/** How many rows are in each state; those without a row are left out. */
function counts(rows: readonly ExaminationRow[]): TemplateResult {
  const byState = Object.groupBy(rows, ({ state }) => state);
  const states = (Object.keys(MARKS) as RowState[]).filter((state) => byState[state] !== undefined); // Object.keys loses the key types
  const judged = rows.filter(({ state }) => state !== 'PENDING' && state !== 'PLAYING').length;
  return html`<div class="progress">
    <progress max=${rows.length} value=${judged} aria-label=${say('progress')}></progress>
    <ul class="marks">${states.map(
      (state) =>
        html`<li>${mark(MARKS[state], say(`row.${state}`))} <b>${formatNumber(byState[state]?.length ?? 0)}</b></li>`,
    )}</ul>
  </div>`;
}

/** What the person or the test that drives the client has to do now. */
function next({ state, rows, role }: Examination): TemplateResult | typeof nothing {
  const [row] = [
    ...rows.filter((each) => each.state === 'PLAYING'),
    ...rows.filter((each) => each.state === 'PENDING'),
  ];
  if (state !== 'RUNNING' || row === undefined) return nothing;
  return html`<div class="note next">
    <h2>${say(row.state === 'PLAYING' ? 'now' : 'next', { id: row.id })}</h2>
    <p>${say(row.state === 'PLAYING' ? 'playing' : `start.${role}`)} ${cardholderWords(row)}</p>
  </div>`;
}

function cardholderWords({ cardholder, afterwards, needs }: ExaminationRow): string {
  return [
    say(`do.${cardholder.do}`),
    say(`device.${cardholder.device}`),
    ...(cardholder.returns === 'TWICE' ? [say('returnsTwice')] : []),
    ...(afterwards === undefined ? [] : [say('sameOrder')]),
    ...(needs === undefined ? [] : [say('needsBrowser')]),
  ].join(' ');
}

/** A failed row is open. */
function rowView(row: ExaminationRow): TemplateResult {
  const { id, state, played, right, contract, seen, needs } = row;
  return html`<details class="entry row" ?open=${state === 'FAILED'}>
    <summary>
      <span>${mark(MARKS[state], say(`row.${state}`))}</span>
      <span class="what"><b>${played}</b></span>
      <span class="subject"><code>${id}</code>${needs === undefined ? nothing : html` <span class="badge">${say('browser')}</span>`}</span>
    </summary>
    <div class="entry-body">
      ${facts([
        [say('seen'), seen],
        [say('right'), right],
        [say('contract'), contract],
        [say('cardholder'), cardholderWords(row)],
      ])}
    </div>
  </details>`;
}

function timesOf({ examinationId, role, startedAt, endedAt, rows }: Examination): TemplateResult {
  return facts([
    [say('role'), say(`role.${role}`)],
    [say('rowsOf'), sayCount('rowCount', rows.length)],
    [say('started'), exactly(startedAt)],
    [say('ended'), endedAt && exactly(endedAt)],
    [say('examinationId'), html`<code>${examinationId}</code>`],
  ]);
}

customElements.define('sandbox-examination', SandboxExamination);
