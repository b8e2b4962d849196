/** The timeline of a session: each step with its time, what was decided and why, the code, the key, the browser and the trace. */
import { describeStep, type SessionView, type TimelineStep } from '@payment-passkeys/protocol/console';
import { html, nothing, type TemplateResult } from 'lit';
import { formatDuration } from '../../language.ts';
import { shortId } from '../../parts/id.ts';
import { type MarkKind, mark } from '../../parts/mark.ts';
import { clock } from '../../parts/time.ts';
import { find, say, sayCount } from './texts.ts';

/** If a session has more steps, the first 25 and the latest ones are shown. */
const FIRST_KEPT = 25;

export function timeline(session: SessionView): TemplateResult {
  const { timeline: steps, droppedSteps } = session;
  if (steps.length === 0) return html`<p class="soft">${say('noSteps')}</p>`;
  return html`<ol class="timeline">
    ${steps.map(
      (step, position) => html`${stepItem(step, { session, before: steps[position - 1] })}
        ${droppedSteps > 0 && position === FIRST_KEPT - 1 ? html`<li class="gap">${sayCount('dropped', droppedSteps)}</li>` : nothing}`,
    )}
  </ol>`;
}

interface Neighbours {
  readonly session: SessionView;
  readonly before: TimelineStep | undefined;
}

function stepItem(step: TimelineStep, { session, before }: Neighbours): TemplateResult {
  const { text, why } = describeStep(step, session);
  const { because, code } = step;
  return html`<li class="step ${kindOf(step)}">
    <span class="time">${clock(step.at)}${before === undefined ? nothing : pause(before.at, step.at)}</span>
    <div class="body">
      <p class="text">${mark(kindOf(step), '')}<span class="unseen">${find(`decision.${step.decision}`)}: </span>${text}</p>
      ${why === undefined ? nothing : html`<p class="why">${why}</p>`}
      <p class="details">
        ${[step.step, code, because].map((word) => (word === undefined ? nothing : html`<code>${word}</code>`))}
        ${detailsOf(step, before)}
      </p>
    </div>
  </li>`;
}

/** The time since the step before; nothing below a tenth of a second. */
function pause(before: string, at: string): TemplateResult | typeof nothing {
  const milliseconds = new Date(at).getTime() - new Date(before).getTime();
  return milliseconds < 100 ? nothing : html`<span class="soft">+${formatDuration(milliseconds)}</span>`;
}

/** Good for a step that went well, bad for one that was refused or failed, quiet for the others. */
function kindOf({ decision, step, state }: TimelineStep): MarkKind {
  if (decision === 'REFUSED') return 'bad';
  if (decision === 'REPEATED') return 'quiet';
  if (step === 'END') return state === 'failed' ? 'bad' : 'quiet';
  return 'good';
}

/** The trace is shown where it begins and where it changes. */
function detailsOf(
  { browserFamily, kid, traceId, verified }: TimelineStep,
  before: TimelineStep | undefined,
): TemplateResult {
  return html`${browserFamily === undefined || browserFamily === 'Unknown' ? nothing : html`<span>${browserFamily}</span>`}
    ${kid === undefined ? nothing : html`<span>${say('key')} ${shortId(kid)}</span>`}
    ${verified === undefined ? nothing : verifiedFacts(verified).map((fact) => html`<span>${fact}</span>`)}
    ${traceId === undefined || traceId === before?.traceId ? nothing : html`<span>${say('trace')} ${shortId(traceId)}</span>`}`;
}

function verifiedFacts(verified: NonNullable<TimelineStep['verified']>): readonly string[] {
  const { userVerified, backedUp, counterRegressed, algorithm, model } = verified;
  return [
    say(userVerified ? 'userVerified' : 'userNotVerified'),
    say(backedUp ? 'backedUp' : 'notBackedUp'),
    ...(counterRegressed ? [say('counterRegressed')] : []),
    ...(algorithm === undefined ? [] : [say('algorithm', { number: ALGORITHMS[algorithm] ?? String(algorithm) })]),
    ...(model === undefined ? [] : [model]),
  ];
}

/** The names of COSE algorithms (IANA registry). */
const ALGORITHMS: Readonly<Record<number, string>> = { [-7]: 'ES256', [-8]: 'EdDSA', [-257]: 'RS256' };
