/** The examinations: a client is put under one, and the earlier ones are read. */
import { Task } from '@lit/task';
import type {
  Examination,
  ExaminationList,
  ExaminationSummary,
  SandboxClient,
  SandboxOverview,
} from '@payment-passkeys/protocol/sandbox';
import { html, nothing, type TemplateResult } from 'lit';
import { may } from '../../operator.ts';
import { ask } from '../../parts/dialog.ts';
import { mark } from '../../parts/mark.ts';
import { empty, loaded } from '../../parts/states.ts';
import { table } from '../../parts/table.ts';
import { when } from '../../parts/time.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { chosenClient, clientField, MAY_ACT, noClients, sandboxFrame } from './frame.ts';
import { say } from './texts.ts';

export function screen(context: ScreenContext): TemplateResult {
  return html`<sandbox-examinations .context=${context}></sandbox-examinations>`;
}

class SandboxExaminations extends Screen {
  readonly #lists: Task<readonly [], readonly [SandboxOverview, ExaminationList]> = new Task(this, {
    task: (_, { signal }) =>
      Promise.all([
        this.context.api.get<SandboxOverview>('/api/sandbox', { signal }),
        this.context.api.get<ExaminationList>('/api/sandbox/examinations', { signal }),
      ]),
    args: () => [] as const,
  });

  async #start({ clientId, name }: SandboxClient): Promise<void> {
    let started: Examination | undefined;
    const done = await ask({
      title: say('examineTitle', { name }),
      body: say('examineText'),
      action: say('examine'),
      perform: async () => {
        started = await this.context.api.post<Examination>('/api/sandbox/examinations', { clientId });
      },
    });
    if (done && started) this.context.navigation.go(addressOfExamination(started));
  }

  protected override render(): TemplateResult {
    const { context } = this;
    const content = loaded(this.#lists, ([{ clients }, { examinations }]) => {
      const client = chosenClient({ context, clients });
      if (client === undefined) return noClients(context);
      const start = may(context.me, MAY_ACT)
        ? html`<button type="button" class="primary" @click=${() => void this.#start(client)}>${say('examine')}</button>`
        : nothing;
      const own = examinations.filter(({ clientId }) => clientId === client.clientId);
      return html`<p class="lead soft">${say('examinationsIntro')}</p>
        <div class="chosen">${clientField({ context, part: 'examinations', clients })} ${start}</div>
        ${own.length === 0 ? none(client) : list(own)}`;
    });
    return sandboxFrame({ context, part: 'examinations', content });
  }
}

export function addressOfExamination({ examinationId }: Pick<ExaminationSummary, 'examinationId'>): string {
  return `/sandbox/examinations/${encodeURIComponent(examinationId)}`;
}

function none({ name }: SandboxClient): TemplateResult {
  return empty({ title: say('noExaminationsTitle', { name }), text: say('noExaminationsText') });
}

function list(rows: readonly ExaminationSummary[]): TemplateResult {
  return table<ExaminationSummary>({
    label: say('tab.examinations'),
    rows,
    key: ({ examinationId }) => examinationId,
    columns: [
      {
        label: say('started'),
        main: true,
        cell: (examination) => html`<a href=${addressOfExamination(examination)}>${when(examination.startedAt)}</a>`,
      },
      { label: say('role'), cell: ({ role }) => say(`role.${role}`) },
      {
        label: say('state'),
        cell: ({ state }) => mark(state === 'RUNNING' ? 'busy' : 'quiet', say(`examination.${state}`)),
      },
      { label: say('ended'), cell: ({ endedAt }) => endedAt && when(endedAt) },
    ],
  });
}

customElements.define('sandbox-examinations', SandboxExaminations);
