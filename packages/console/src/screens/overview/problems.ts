/** What is wrong right now: what it is about, what to do, and where. */
import type { Problem, Problems } from '@payment-passkeys/protocol/console';
import { html, nothing, type TemplateResult } from 'lit';
import { mayOpen } from '../../access.ts';
import type { SignedIn } from '../../operator.ts';
import { mark } from '../../parts/mark.ts';
import { when } from '../../parts/time.ts';
import { say } from './texts.ts';

export function viewProblems({ problems, at }: Problems, me: SignedIn): TemplateResult {
  if (problems.length === 0)
    return html`<p class="all-well">${mark('good', say('noProblems'))} <span class="soft">${say('checked')} ${when(at)}</span></p>`;
  return html`<section class="panel problems" aria-labelledby="problems">
    <h2 id="problems">${say('problems')}</h2>
    <ul>${problems.map((problem) => viewProblem(problem, me))}</ul>
  </section>`;
}

function viewProblem({ severity, about, text, remedy, screen }: Problem, me: SignedIn): TemplateResult {
  const [kind, word] =
    severity === 'WRONG' ? (['bad', say('problem.WRONG')] as const) : (['notice', say('problem.WARNING')] as const);
  return html`<li>
    ${mark(kind, html`<span class="unseen">${word}: </span><b>${about}</b>`)}
    <div><p>${text}</p><p class="soft">${remedy}</p></div>
    ${screen === undefined || !mayOpen(me, screen) ? nothing : html`<a href=${screen}>${say('look')}<span class="unseen">: ${about}</span></a>`}
  </li>`;
}
